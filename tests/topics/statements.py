"""What a reader needs of AWS's five texts, statement by statement, and the entry of a topic that tells it.

A statement names the entry by its section, its words and, where each system has an entry of its own, the system.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtui.topics.machines import System


class Section(StrEnum):
    TITLE = "title"
    SYMPTOM = "symptom"
    CAUSE = "cause"
    STEP = "step"
    COMMAND = "command"
    TERRAFORM = "terraform"
    LINK = "link"


@dataclass(frozen=True)
class Statement:
    says: str
    """The statement of the source, in our words."""
    topic_id: str
    section: Section
    words: tuple[str, ...]
    """All of them are in one entry, and in no other of the section."""
    system: System = System.ANY


LINUX, WINDOWS, MACOS = System.LINUX, System.WINDOWS, System.MACOS
SYMPTOM, CAUSE, STEP, COMMAND = Section.SYMPTOM, Section.CAUSE, Section.STEP, Section.COMMAND
TERRAFORM, LINK = Section.TERRAFORM, Section.LINK


def _all(*rows: tuple[str, str, Section, *tuple[str | System, ...]]) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            says,
            topic_id,
            section,
            tuple(word for word in words if not isinstance(word, System)),
            next((word for word in words if isinstance(word, System)), System.ANY),
        )
        for says, topic_id, section, *words in rows
    )


_WORK, _START, _SSH = "how-sessions-work", "start-a-session", "ssh-over-sessions"
_RECORDS, _INSTALL, _LOG = "session-records", "install-plugin", "plugin-logging"
_VERSIONS, _OLD_AGENT, _PATH = "plugin-versions", "agent-too-old", "plugin-not-on-path-windows"
_RETENTION, _NO_WAY, _ROLE = "log-retention", "no-way-out", "no-instance-profile"
_NOT_CONNECTED, _SHORT = "target-not-connected", "too-little-cpu-or-memory"

GETTING_STARTED = _all(
    ("EC2, edge devices, servers and virtual machines", _WORK, CAUSE, "EC2 instances", "edge devices", "virtual"),
    ("Linux, Windows and macOS", _WORK, CAUSE, "Linux, Windows or macOS"),
    ("no inbound port, bastion host or SSH key", _WORK, CAUSE, "no inbound port", "bastion host", "SSH key"),
    ("nodes without a public address", _WORK, CAUSE, "no public address"),
    ("IAM policies are the one place for access", _WORK, CAUSE, "IAM policies", "one place", "per user or group"),
    ("a shell, one command or several", _WORK, CAUSE, "bash", "PowerShell", "one command or several"),
    ("a port of the node on this machine", _WORK, CAUSE, "a port of the node", "this machine"),
    ("hybrid nodes need the advanced tier", _WORK, CAUSE, "advanced-instances tier", "charged"),
    ("the advanced tier: turn it on", "advanced-tier", COMMAND, "update-service-setting", "advanced"),
    ("the advanced tier costs, EC2 does not", "advanced-tier", STEP, "charged", "EC2 instances do not need it"),
    ("the way of a request", _WORK, CAUSE, "checks who you are", "IAM", "limits", "two-way channel"),
    ("TLS 1.2 and Signature Version 4", _WORK, CAUSE, "TLS 1.2", "Signature Version 4"),
    ("a KMS key encrypts once more", _WORK, CAUSE, "KMS key", "another layer of encryption"),
    ("nothing is permitted by default", _WORK, STEP, "By default", "nothing with your instances"),
    ("Default Host Management is advised", _WORK, STEP, "AWS advises", "Default Host Management Configuration"),
    ("its policy", "host-management", STEP, "AmazonSSMManagedEC2InstanceDefaultPolicy"),
    ("its policy, where profiles are attached", _ROLE, STEP, "AmazonSSMManagedEC2InstanceDefaultPolicy"),
    ("turning it on", "host-management", COMMAND, "update-service-setting", "default-ec2-instance-management-role"),
    ("an instance profile at launch or later", _ROLE, STEP, "at launch or later", "AmazonSSMManagedInstanceCore"),
    ("hybrid nodes: the role of the activation", _WORK, STEP, "no instance profile", "hybrid activation"),
    ("hybrid nodes: what that role needs", "activation-invalid", STEP, "service role, which needs", "InstanceCore"),
    ("other capabilities may have brought the profile", _WORK, STEP, "Run Command or Parameter Store"),
    ("CloudTrail records the calls", _RECORDS, CAUSE, "CloudTrail", "console, the AWS CLI or an SDK"),
    ("one bucket for the trail", _RECORDS, CAUSE, "One S3 bucket", "whole account"),
    ("S3 and CloudWatch Logs keep what is shown", _RECORDS, CAUSE, "S3 bucket", "log group", "KMS key or without"),
    ("turning it on", _RECORDS, STEP, "s3BucketName", "cloudWatchLogGroupName"),
    ("EventBridge and SNS notify", _RECORDS, CAUSE, "EventBridge", "SNS", "mail or a text message"),
    ("making the rule", _RECORDS, TERRAFORM, "aws_cloudwatch_event_rule", "aws_sns_topic", "StartSession"),
    ("no log of port forwarding and SSH", _RECORDS, CAUSE, "Port forwarding and SSH are never logged", "tunnel"),
    ("seeing who started sessions", _RECORDS, COMMAND, "lookup-events", "StartSession"),
    ("current and completed sessions", _RECORDS, COMMAND, "describe-sessions", "History"),
    ("Systems Manager console", _START, STEP, "console.aws.amazon.com/systems-manager/", "menu icon", "Start session"),
    ("console: a reason", _START, STEP, "Systems Manager console", "give a reason"),
    ("console: a document and its parameters", _START, STEP, "session document instead", "separated by commas"),
    ("console: a node that is not listed", _START, STEP, "does not list the node", "not configured"),
)

STARTING = _all(
    ("set up first", _START, CAUSE, "must be set up first"),
    ("bash or PowerShell", _START, CAUSE, "bash commands", "PowerShell commands"),
    ("EC2 console", _START, STEP, "console.aws.amazon.com/ec2/", "Instances", "Connect, Session Manager, Connect"),
    ("EC2 console: not authorised", _START, STEP, "not authorised for an ssm: action", "no-permission-to-start"),
    ("EC2 console: what it needs", "no-permission-to-start", STEP, "EC2 console", "ssm:DescribeInstanceInformation"),
    ("quickstart policies", "no-permission-to-start", LINK, "Quickstart", "quickstart.html"),
    ("with the AWS CLI", _START, COMMAND, "start-session --target i-", "Start a shell"),
    ("the AWS CLI needs the plugin", _START, CAUSE, "AWS CLI needs the Session Manager plugin"),
    ("options of the command", _START, LINK, "reference/ssm/start-session.html"),
    ("SSH needs an agent", _SSH, CAUSE, "2.3.672.0", "SSH server"),
    ("SSH: enable it on the node", _SSH, STEP, "On the node the SSH server must run", "authorized_keys"),
    ("SSH: start the server", _SSH, COMMAND, "systemctl enable --now sshd"),
    ("SSH: the file", _SSH, STEP, "~/.ssh/config", LINUX),
    ("SSH: the file", _SSH, STEP, "~/.ssh/config", MACOS),
    ("SSH: the file", _SSH, STEP, r"C:\Users\NAME\.ssh\config", WINDOWS),
    ("SSH: the configuration", _SSH, STEP, "Host i-* mi-*", "ProxyCommand", "AWS-StartSSHSession"),
    ("SSH: the key's user", _SSH, CAUSE, "ec2-user", "not ssm-user"),
    ("SSH: the default users", _SSH, LINK, "managing-users.html"),
    ("SSH: no log", _SSH, CAUSE, "Nothing of it is logged", "port forwarding"),
    ("SSH: the command", _SSH, STEP, "ssh -i KEY.pem USER@NODE", "key pair", "launched with"),
    ("SSH: without a configuration", _SSH, COMMAND, "ProxyCommand=aws ssm start-session", "ec2-user@i-"),
    ("SSH: copying files", _SSH, STEP, "scp -i KEY.pem FILE USER@NODE:~"),
    ("port forwarding needs an agent", _START, CAUSE, "Port forwarding and SSH need agent 2.3.672.0"),
    ("port forwarding", _START, COMMAND, "AWS-StartPortForwardingSession", "portNumber=80,localPortNumber="),
    ("port forwarding to Windows", _START, COMMAND, "AWS-StartPortForwardingSession", "portNumber=3389"),
    ("port forwarding: 80 by default", _START, CAUSE, "port 80 of the node where portNumber is left out"),
    ("port forwarding: quotes differ", _START, CAUSE, "quoted", "name=value"),
    ("port forwarding: further reading", _START, LINK, "new-port-forwarding"),
    ("interactive commands", _START, COMMAND, "AWS-StartInteractiveCommand", "command=uptime"),
    ("interactive commands of one's own", _START, STEP, "--document-name NAME", "logpath=/var/log/amazon/ssm"),
)

TROUBLESHOOTING = _all(
    ("no permission to start", "no-permission-to-start", CAUSE, "does not allow ssm:StartSession on this node"),
    ("no permission: the policy", "no-permission-to-start", TERRAFORM, "ssm:StartSession", "ssm:TerminateSession"),
    ("no permission: by tag", "no-permission-to-start", STEP, "ssm:resourceTag/KEY", "StringLike", "quickstart"),
    ("no permission: more policies", "no-permission-to-start", LINK, "restrict-access-examples.html"),
    ("no permission for preferences", "no-permission-for-preferences", CAUSE, "does not allow ssm:UpdateDocument"),
    ("preferences: what to ask for", "no-permission-for-preferences", STEP, "ssm:UpdateDocument", "ask whoever"),
    ("not in the list: not set up", "node-not-listed", STEP, "AmazonSSMManagedInstanceCore", "Default Host"),
    ("not in the list: restart after attaching", "node-not-listed", STEP, "role came later", "restart the agent"),
    ("restart after attaching", "agent-restart-needed", COMMAND, "sudo systemctl restart amazon-ssm-agent", LINUX),
    ("restart after attaching", "agent-restart-needed", COMMAND, "Restart-Service AmazonSSMAgent", WINDOWS),
    ("restart after attaching", "agent-restart-needed", COMMAND, "launchctl stop", MACOS),
    ("proxy: out of reach", "agent-proxy", CAUSE, "address is wrong", "endpoints"),
    ("proxy: another operating system", "agent-proxy", SYMPTOM, "another operating system"),
    ("proxy on Linux", "agent-proxy", STEP, "systemctl edit amazon-ssm-agent", "https_proxy", LINUX),
    ("proxy on Windows", "agent-proxy", STEP, "AmazonSSMAgent", "https_proxy=HOST:PORT", WINDOWS),
    ("not configured: the role", "role-without-permissions", COMMAND, "attach-role-policy", "ManagedInstanceCore"),
    ("not configured: the message", "role-without-permissions", SYMPTOM, "not configured to use Session Manager"),
    ("agent: the oldest", _OLD_AGENT, CAUSE, "2.3.68.0"),
    ("agent by hand on Linux", _OLD_AGENT, STEP, "By hand", "yum, dpkg or snap", LINUX),
    ("agent by hand on Windows", _OLD_AGENT, STEP, "By hand", "AmazonSSMAgentSetup.exe", WINDOWS),
    ("agent by hand on macOS", _OLD_AGENT, STEP, "By hand", "amazon-ssm-agent.pkg", MACOS),
    ("agent by Run Command", _OLD_AGENT, COMMAND, "send-command", "AWS-UpdateSSMAgent"),
    ("agent by Run Command, several nodes", _OLD_AGENT, STEP, "Run Command", "several nodes"),
    ("agent on a schedule", _OLD_AGENT, STEP, "on a schedule", "State Manager", "maintenance window"),
    ("agent by State Manager", _OLD_AGENT, COMMAND, "create-association", "AWS-UpdateSSMAgent", "rate(14 days)"),
    ("agent by a maintenance window", _OLD_AGENT, COMMAND, "create-maintenance-window", "update-ssm-agent"),
    ("its target", _OLD_AGENT, STEP, "register-target-with-maintenance-window", "Key=InstanceIds,Values=NODE"),
    ("its task", _OLD_AGENT, STEP, "register-task-with-maintenance-window", "--task-arn AWS-UpdateSSMAgent"),
    ("all three of them", _OLD_AGENT, TERRAFORM, "maintenance_window_target", "window_task", "AWS-UpdateSSMAgent"),
    ("endpoints out of reach: PrivateLink", "endpoints-unreachable", STEP, "AWS PrivateLink", "safer", "internet"),
    ("endpoints out of reach: the other way", "endpoints-unreachable", STEP, "outbound internet", "NAT gateway"),
    ("CPU or memory", _SHORT, CAUSE, "all of its CPU or memory"),
    ("CPU or memory, where no session starts", _NOT_CONNECTED, CAUSE, "too little CPU or memory"),
    ("CPU or memory: look at it", _SHORT, STEP, "CPUUtilization"),
    ("CPU or memory: the console of the instance", _SHORT, COMMAND, "get-console-output", "See the last lines"),
    ("CPU or memory: further reading", _SHORT, LINK, "UserGuide/instance-console.html"),
    ("plugin not found", "plugin-not-found", STEP, "smtui plugin install-help"),
    ("PATH: when to set it", _PATH, CAUSE, "did not add the plugin's folder to PATH"),
    ("PATH: open the settings", _PATH, STEP, "Windows key", "environment variables for your account"),
    ("PATH: add the folder", _PATH, STEP, r"C:\Program Files\Amazon\SessionManagerPlugin\bin", "Edit", "Path"),
    ("PATH: on 32 bit", _PATH, STEP, r"C:\Program Files (x86)\Amazon\SessionManagerPlugin\bin"),
    ("PATH: confirm twice", _PATH, STEP, "twice with OK", "new command prompt"),
    ("PATH: by a command", _PATH, COMMAND, "SetEnvironmentVariable('Path'"),
    ("unresponsive: antivirus", "plugin-unresponsive", CAUSE, "Antivirus", "standstill"),
    ("unresponsive: exclude the plugin", "plugin-unresponsive", STEP, "antivirus", "leave the program"),
    ("unresponsive: where it is", "plugin-unresponsive", STEP, r"SessionManagerPlugin\bin", WINDOWS),
    ("unresponsive: where it is", "plugin-unresponsive", STEP, "/usr/local/sessionmanagerplugin/bin", LINUX),
    ("TargetNotConnected: not set up", _NOT_CONNECTED, CAUSE, "no instance profile"),
    ("TargetNotConnected: elsewhere", _NOT_CONNECTED, CAUSE, "another account or Region"),
    ("elsewhere: compare", "target-elsewhere", STEP, "account and Region", "one Region only"),
    ("blank: full disk", "blank-screen", CAUSE, "root volume is full", "stopped working"),
    ("blank: metrics of the disk", "disk-full", STEP, "CloudWatch agent", "Linux", "Windows"),
    ("blank: how to get the metrics", "disk-full", LINK, "Install-CloudWatch-Agent.html"),
    ("blank: endpoint and Region", "blank-screen", CAUSE, "endpoint and the Region do not belong together"),
    (
        "blank: such an address of the console",
        "endpoint-region-mismatch",
        CAUSE,
        "https://eu-west-1.console.aws.amazon.com/systems-manager/?region=eu-central-1",
    ),
    ("blank: no s3 or logs endpoint", "blank-screen", CAUSE, "s3 or logs endpoint"),
    ("blank: the s3 endpoint", "missing-log-endpoints", COMMAND, "com.amazonaws.eu-west-1.s3", "Gateway"),
    ("blank: the logs endpoint", "missing-log-endpoints", COMMAND, "com.amazonaws.eu-west-1.logs", "Interface"),
    ("blank: deleted target", "blank-screen", CAUSE, "log group or bucket", "deleted"),
    ("blank: other preferences", "deleted-log-target", STEP, "s3BucketName or cloudWatchLogGroupName"),
    ("blank: not encrypted", "blank-screen", CAUSE, "demand an encrypted", "not encrypted"),
    ("blank: the settings of the log group", "encryption-mismatch", CAUSE, "cloudWatchEncryptionEnabled is true"),
    ("blank: the settings of the bucket", "encryption-mismatch", CAUSE, "s3EncryptionEnabled is true"),
    ("blank: encrypt, or set it to false", "encryption-mismatch", STEP, "Encrypt what is written to", "false"),
    ("blank: of command-line tools alone", "encryption-mismatch", STEP, "AWS CLI or another command-line tool"),
    ("long sessions: what happens", _RETENTION, SYMPTOM, "hours or days", "no longer answers"),
    ("long sessions: the setting", _RETENTION, STEP, "shorter time", "SessionLogsRetentionDurationHours"),
    ("long sessions: copy the template", _RETENTION, STEP, "amazon-ssm-agent.json.template in /etc/amazon/ssm", LINUX),
    ("long sessions: copy the template", _RETENTION, STEP, r"template in C:\Program Files\Amazon\SSM", WINDOWS),
    ("long sessions: by a command", _RETENTION, COMMAND, "cp -n", "amazon-ssm-agent.json.template", LINUX),
    ("long sessions: by a command", _RETENTION, COMMAND, "Copy-Item", "amazon-ssm-agent.json.template", WINDOWS),
    ("long sessions: lower it", _RETENTION, COMMAND, "Lower SessionLogsRetentionDurationHours", LINUX),
    ("long sessions: lower it", _RETENTION, COMMAND, "Lower SessionLogsRetentionDurationHours", WINDOWS),
    ("long sessions: restart the agent", _RETENTION, COMMAND, "systemctl restart amazon-ssm-agent", LINUX),
    ("long sessions: restart the agent", _RETENTION, COMMAND, "Restart-Service AmazonSSMAgent", WINDOWS),
)

NOT_CONNECTED = _all(
    ("the error", _NOT_CONNECTED, SYMPTOM, "TargetNotConnected"),
    ("the agent calls out", _WORK, CAUSE, "agent calls AWS", "nobody calls the node"),
    ("three links at once", _WORK, CAUSE, "Three links", "Identity", "Path", "Handshake"),
    ("the machine itself may be fine", _WORK, CAUSE, "the machine itself may be fine"),
    ("identity", _NOT_CONNECTED, CAUSE, "Identity:", "AmazonSSMManagedInstanceCore"),
    ("path", _NOT_CONNECTED, CAUSE, "Path:", "443"),
    ("handshake", _NOT_CONNECTED, CAUSE, "Handshake:", "credentials"),
    ("identity: no profile", _ROLE, CAUSE, "No IAM role is attached"),
    ("identity: a role for something else", "role-without-permissions", CAUSE, "permissions for S3"),
    ("identity: look", _ROLE, COMMAND, "describe-iam-instance-profile-associations", "must be associated"),
    ("identity: attach it", _ROLE, COMMAND, "associate-iam-instance-profile"),
    ("identity: Terraform", _ROLE, TERRAFORM, '"aws_iam_role"', '"aws_iam_instance_profile"', "_attachment"),
    ("identity: trust", "role-trust", STEP, "sts:AssumeRole", "ec2.amazonaws.com"),
    ("identity: mend the trust", "role-trust", COMMAND, "update-assume-role-policy"),
    ("path: 443 outbound", "security-group-egress", STEP, "TCP 443 outbound"),
    ("path: to everywhere", "security-group-egress", COMMAND, "authorize-security-group-egress", "0.0.0.0/0"),
    ("path: inbound rules do not matter", "security-group-egress", STEP, "Inbound rules are not needed"),
    ("path: a private subnet", _NO_WAY, CAUSE, "no route to a NAT or internet gateway"),
    ("path: the default route", _NO_WAY, STEP, "NAT gateway in a public subnet", "--nat-gateway-id"),
    ("path: making a NAT gateway", _NO_WAY, STEP, "create-nat-gateway", "allocate-address"),
    ("path: which subnet is public", _NO_WAY, COMMAND, "describe-route-tables", "which subnets are public"),
    ("path: endpoints stay in AWS's network", _NO_WAY, STEP, "safer", "AWS's network", "PrivateLink"),
    ("path: the three services", _NO_WAY, STEP, "REGION.ssm ", "REGION.ssmmessages ", "REGION.ec2messages "),
    ("path: what each is for", _NO_WAY, STEP, "(the API)", "channel of sessions", "messages to older agents"),
    ("path: make the endpoints", _NO_WAY, COMMAND, "create-vpc-endpoint", "--private-dns-enabled"),
    ("path: Terraform", _NO_WAY, TERRAFORM, '"aws_vpc_endpoint"', "private_dns_enabled = true"),
    ("path: who may reach them", _NO_WAY, TERRAFORM, '"aws_security_group"', "ingress", "443"),
    ("path: one is missing", "endpoint-missing", STEP, "One that is missing is enough for TargetNotConnected"),
    ("path: make it", "endpoint-missing", COMMAND, "with the other endpoints'", "create-vpc-endpoint"),
    ("path: their security group", "endpoint-security-group", STEP, "443 inbound", "from its subnet"),
    ("path: open it", "endpoint-security-group", COMMAND, "authorize-security-group-ingress", "--source-group"),
    ("path: private DNS", "private-dns-off", STEP, "private addresses", "instead of AWS's public ones"),
    ("path: turn it on", "private-dns-off", COMMAND, "modify-vpc-endpoint", "--private-dns-enabled"),
    ("metadata: containers and routers", "hop-limit", CAUSE, "container", "169.254.169.254", "1 is the default"),
    ("metadata: 2 or 3, without a restart", "hop-limit", STEP, "to 2 (3 for", "without a restart"),
    ("metadata: raise it", "hop-limit", COMMAND, "--http-put-response-hop-limit 2", "--http-endpoint enabled"),
    ("do not reboot blindly", _NOT_CONNECTED, STEP, "Do not reboot on a guess"),
    ("the runbook in the console", _NOT_CONNECTED, STEP, "Execute automation", "TroubleshootManagedInstance"),
    ("what the runbook says", _NOT_CONNECTED, STEP, "of each requirement whether it is met"),
    ("the runbook by a command", _NOT_CONNECTED, COMMAND, "start-automation-execution"),
    ("port 22 stays shut", _WORK, CAUSE, "not even 22"),
)

_RELEASES = (
    *("1.2.463.0", "1.2.398.0", "1.2.339.0", "1.2.331.0", "1.2.323.0", "1.2.312.0", "1.2.295.0", "1.2.279.0"),
    *("1.2.245.0", "1.2.234.0", "1.2.205.0", "1.2.54.0", "1.2.30.0", "1.2.7.0", "1.1.61.0", "1.1.54.0", "1.1.50.0"),
    *("1.1.35.0", "1.1.33.0", "1.1.31.0", "1.1.26.0", "1.1.23.0", "1.1.17.0", "1.0.37.0", "1.0.0.0"),
)

INSTALLING = _all(
    ("the systems", _INSTALL, CAUSE, "Windows, macOS or Linux"),
    ("always the newest", _INSTALL, STEP, "newest over the old one"),
    ("AWS CLI version", _INSTALL, CAUSE, "must be 1.16.12 or newer"),
    ("AWS CLI version, when it is too old", "aws-cli-too-old", CAUSE, "1.16.12"),
    ("Windows Vista or newer", _INSTALL, STEP, "Windows Vista or newer", WINDOWS),
    ("Windows: installer", _INSTALL, COMMAND, "windows/SessionManagerPluginSetup.exe", WINDOWS),
    ("Windows: zip", _INSTALL, COMMAND, "windows/SessionManagerPlugin.zip", WINDOWS),
    ("Windows: unzip it", _INSTALL, COMMAND, "Expand-Archive", WINDOWS),
    ("Windows: unzip it first", _INSTALL, STEP, "unzip it first", WINDOWS),
    ("Windows: run it", _INSTALL, COMMAND, "Start-Process", "SessionManagerPluginSetup.exe", WINDOWS),
    ("Windows: the usual folder", _INSTALL, STEP, r"%PROGRAMFILES%\Amazon\SessionManagerPlugin\bin", WINDOWS),
    ("Windows: again for every update", _INSTALL, STEP, "no update by itself"),
    ("Windows: which shells", _INSTALL, STEP, "PowerShell 5", "Windows 10", "other terminals", WINDOWS),
    ("Windows: a new prompt, or PATH", _INSTALL, STEP, "new command prompt", "PATH", WINDOWS),
    ("bundle, x86_64", _INSTALL, COMMAND, "latest/mac/sessionmanager-bundle.zip", MACOS),
    ("bundle, ARM64", _INSTALL, COMMAND, "latest/mac_arm64/sessionmanager-bundle.zip", MACOS),
    ("bundle: no blanks in the path", _INSTALL, STEP, "no path with a blank", MACOS),
    ("bundle: unzip it", _INSTALL, COMMAND, "unzip sessionmanager-bundle.zip", MACOS),
    ("bundle: which Python", _INSTALL, STEP, "Python 3.3", "2.6.5", MACOS),
    ("bundle: another Python", _INSTALL, STEP, "sudo /usr/local/bin/python3 sessionmanager-bundle/install", MACOS),
    ("bundle: install", _INSTALL, COMMAND, "install -i /usr/local/sessionmanagerplugin -b /usr/local/bin/", MACOS),
    ("bundle: folder and link", _INSTALL, STEP, "link in /usr/local/bin", "PATH need not change", MACOS),
    ("bundle: -h", _INSTALL, COMMAND, "sessionmanager-bundle/install -h", MACOS),
    ("macOS: uninstall", _INSTALL, COMMAND, "rm -rf /usr/local/sessionmanagerplugin", MACOS),
    ("macOS: uninstall the link", _INSTALL, COMMAND, "rm /usr/local/bin/session-manager-plugin", MACOS),
    ("signed, x86_64", _INSTALL, COMMAND, "latest/mac/session-manager-plugin.pkg", MACOS),
    ("signed, ARM64", _INSTALL, COMMAND, "latest/mac_arm64/session-manager-plugin.pkg", MACOS),
    ("signed: install", _INSTALL, COMMAND, "installer -pkg session-manager-plugin.pkg -target /", MACOS),
    ("signed: link", _INSTALL, COMMAND, "ln -s /usr/local/sessionmanagerplugin/bin/session-manager-plugin", MACOS),
    ("RPM x86_64", _INSTALL, COMMAND, "yum install", "linux_64bit/session-manager-plugin.rpm", LINUX),
    ("RPM x86", _INSTALL, COMMAND, "yum install", "linux_32bit/session-manager-plugin.rpm", LINUX),
    ("RPM ARM64", _INSTALL, COMMAND, "yum install", "linux_arm64/session-manager-plugin.rpm", LINUX),
    ("RPM: uninstall", _INSTALL, COMMAND, "yum erase", LINUX),
    ("deb x86_64", _INSTALL, COMMAND, "ubuntu_64bit/session-manager-plugin.deb", LINUX),
    ("deb x86", _INSTALL, COMMAND, "ubuntu_32bit/session-manager-plugin.deb", LINUX),
    ("deb ARM64", _INSTALL, COMMAND, "ubuntu_arm64/session-manager-plugin.deb", LINUX),
    ("deb: install", _INSTALL, COMMAND, "dpkg -i session-manager-plugin.deb", LINUX),
    ("deb: uninstall", _INSTALL, COMMAND, "dpkg -r session-manager-plugin", LINUX),
    ("verify", _INSTALL, STEP, "installed successfully"),
    ("verify: by a command", _INSTALL, COMMAND, "should say that it was installed successfully"),
    ("verify: a session", _INSTALL, COMMAND, "start-session --target i-"),
    ("verify: a session needs permission", _INSTALL, STEP, "permission to start one on that node"),
    ("verify: version", _INSTALL, COMMAND, "session-manager-plugin --version"),
    ("the file VERSION", _INSTALL, STEP, "VERSION in the plugin's folder"),
    ("its folder", _VERSIONS, STEP, "/usr/local/sessionmanagerplugin/VERSION", LINUX),
    ("its folder", _VERSIONS, STEP, "/usr/local/sessionmanagerplugin/VERSION", MACOS),
    ("its folder", _VERSIONS, STEP, r"C:\Program Files\Amazon\SessionManagerPlugin\VERSION", WINDOWS),
    ("only in the usual folder", _VERSIONS, COMMAND, "--version", "usual folder"),
    ("open source, modified copies unsupported", _INSTALL, CAUSE, "github.com/aws/session-manager-plugin", "support"),
    ("the source", _INSTALL, LINK, "github.com/aws/session-manager-plugin"),
    ("minimum version", _INSTALL, CAUSE, "1.2.764.0", "1.1.17.0"),
    ("minimum version, when it is too old", "plugin-too-old", CAUSE, "1.2.764.0", "1.1.17.0"),
    ("log: off by default", _LOG, CAUSE, "off by default"),
    ("log: two files", _LOG, CAUSE, "session-manager-plugin.log", "errors.log"),
    ("log: the levels", _LOG, CAUSE, "At level info", "at level debug", "packet and acknowledgement"),
    ("log: the template", _LOG, STEP, "seelog.xml.template to seelog.xml", 'minlevel="info"', 'minlevel="debug"'),
    ("log: the file names stay", _LOG, STEP, "session-manager-plugin.log and errors.log must stay"),
    ("log: longer lines", _LOG, STEP, "fmtinfo", "fmtdebug"),
    ("log: sizes", _LOG, STEP, "rollingfile", "maxsize", "30000000", "10000000", "maxrolls"),
    ("log: where", _LOG, STEP, r"C:\Program Files\Amazon\SessionManagerPlugin\seelog.xml.template", WINDOWS),
    ("log: where", _LOG, STEP, "/usr/local/sessionmanagerplugin/seelog.xml.template", LINUX),
    ("log: where", _LOG, STEP, "/usr/local/sessionmanagerplugin/seelog.xml.template", MACOS),
    ("log: sudo, or full rights", _LOG, STEP, "with sudo", "full read and write rights", "folder of your own", LINUX),
    ("log: sudo, or full rights", _LOG, STEP, "with sudo", "full read and write rights", "folder of your own", MACOS),
    ("log: full rights by a command", _LOG, COMMAND, "chmod a+rwx /usr/local/sessionmanagerplugin/logs", LINUX),
    ("log: full rights by a command", _LOG, COMMAND, "chmod a+rwx /usr/local/sessionmanagerplugin/logs", MACOS),
    ("log: turn it on", _LOG, COMMAND, "cp", "seelog.xml.template", LINUX),
    ("log: turn it on", _LOG, COMMAND, "cp", "seelog.xml.template", MACOS),
    ("log: turn it on", _LOG, COMMAND, "Copy-Item", "seelog.xml.template", WINDOWS),
    ("all releases, by feature", "plugin-too-old", STEP, "smtui topics plugin-versions"),
    ("all releases", _VERSIONS, LINK, "plugin-version-history.html"),
    *((f"release {version}", _VERSIONS, CAUSE, f"{version} (") for version in _RELEASES),
)

SOURCES = {
    "getting started": GETTING_STARTED,
    "install the plugin": INSTALLING,
    "start a session": STARTING,
    "target not connected": NOT_CONNECTED,
    "troubleshooting": TROUBLESHOOTING,
}
STATEMENTS = tuple(statement for statements in SOURCES.values() for statement in statements)
