"""Every problem, solution and section of AWS's three texts has its topic, and the topic has what it must have.

The keys name the places in the texts; the words are facts that the topic must state.
"""

from __future__ import annotations

import pytest

from smtui.domain.shellquote import Shell
from smtui.domain.topic_text import topic_lines
from smtui.topics.library import topic
from tests.topics.values import VALUES, topics

TROUBLESHOOTING: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("no permission to start", "no-permission-to-start", ("ssm:StartSession",)),
    ("no permission to change preferences", "no-permission-for-preferences", ("ssm:UpdateDocument",)),
    ("problem 1 A: not in the list, not set up", "node-not-listed", ("AmazonSSMManagedInstanceCore",)),
    ("problem 1 A, note: restart after attaching", "agent-restart-needed", ("systemctl restart amazon-ssm-agent",)),
    ("problem 1 B: proxy", "agent-proxy", ("169.254.169.254", "AmazonSSMAgent", "https_proxy", "operating system")),
    ("problem 2 A: role without permissions", "role-without-permissions", ("aws iam attach-role-policy",)),
    ("problem 2 B: agent version", "agent-too-old", ("2.3.68.0",)),
    ("problem 2 B: by hand, per system", "agent-too-old", ("yum install", "AmazonSSMAgentSetup.exe", "installer -pkg")),
    ("problem 2 B: by Run Command", "agent-too-old", ("send-command", "AWS-UpdateSSMAgent")),
    ("problem 2 B: by State Manager", "agent-too-old", ("create-association", "rate(14 days)")),
    ("problem 2 B: by a maintenance window", "agent-too-old", ("create-maintenance-window",)),
    ("problem 2 C: endpoints out of reach", "endpoints-unreachable", ("NAT", "ssmmessages")),
    ("problem 2 C: the endpoints", "no-way-out", ("create-vpc-endpoint", "com.amazonaws.eu-west-1.ec2messages")),
    ("problem 2 D: CPU or memory", "too-little-cpu-or-memory", ("CPUUtilization", "get-console-output")),
    ("plugin not found", "plugin-not-found", ("smtui plugin install-help",)),
    ("plugin not on PATH: the folder", "plugin-not-on-path-windows", ("Amazon\\SessionManagerPlugin\\bin",)),
    ("plugin not on PATH: 32 bit", "plugin-not-on-path-windows", ("Files (x86)",)),
    ("plugin not on PATH: prompts opened anew", "plugin-not-on-path-windows", ("open a new command prompt",)),
    ("plugin unresponsive", "plugin-unresponsive", ("ntivirus", "ExclusionProcess")),
    ("TargetNotConnected A: not set up", "target-not-connected", ("instance profile", "443")),
    ("TargetNotConnected B: elsewhere", "target-elsewhere", ("account or Region",)),
    ("blank screen A: disk", "disk-full", ("root volume", "CloudWatch")),
    ("blank screen B: endpoint and Region", "endpoint-region-mismatch", ("region=", "AWS_ENDPOINT_URL")),
    ("blank screen C: s3 endpoint", "missing-log-endpoints", ("com.amazonaws.eu-west-1.s3", "Gateway")),
    ("blank screen C: logs endpoint", "missing-log-endpoints", ("com.amazonaws.eu-west-1.logs",)),
    ("blank screen D: deleted target", "deleted-log-target", ("update-document", "create-log-group", "s3 mb")),
    ("blank screen E: encryption", "encryption-mismatch", ("cloudWatchEncryptionEnabled", "s3EncryptionEnabled")),
    ("blank screen, all of it", "blank-screen", ("root volume", "logs endpoint", "deleted", "encrypted", "Region")),
    ("long sessions: the setting", "log-retention", ("SessionLogsRetentionDurationHours", "amazon-ssm-agent.json")),
    ("long sessions: Linux", "log-retention", ("/etc/amazon/ssm/amazon-ssm-agent.json.template",)),
    ("long sessions: Windows", "log-retention", (r"C:\Program Files\Amazon\SSM",)),
    ("long sessions: restart", "log-retention", ("Restart-Service AmazonSSMAgent", "systemctl restart")),
)

NOT_CONNECTED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("the error itself", "target-not-connected", ("TargetNotConnected", "Identity:", "Path:", "Handshake:")),
    ("phase 1: no profile", "no-instance-profile", ("describe-iam-instance-profile-associations",)),
    ("phase 1: attach it", "no-instance-profile", ("associate-iam-instance-profile",)),
    ("phase 1: Terraform", "no-instance-profile", ('"aws_iam_role"', '"aws_iam_instance_profile"', "_attachment")),
    ("phase 1: a role without the policy", "role-without-permissions", ("AmazonSSMManagedInstanceCore",)),
    ("phase 1: trust", "role-trust", ("ec2.amazonaws.com", "update-assume-role-policy")),
    ("phase 2 A: egress 443", "security-group-egress", ("authorize-security-group-egress", "0.0.0.0/0")),
    ("phase 2 A: inbound rules do not matter", "security-group-egress", ("Inbound rules are not needed",)),
    ("phase 2 B: NAT gateway", "no-way-out", ("--nat-gateway-id",)),
    ("phase 2 B: three endpoints", "no-way-out", (".ssm ", "ssmmessages", "ec2messages")),
    (
        "phase 2 B: Terraform",
        "no-way-out",
        ('"aws_vpc_endpoint"', "private_dns_enabled = true", '"aws_security_group"'),
    ),
    ("phase 2 B: one is missing", "endpoint-missing", ("create-vpc-endpoint", "--private-dns-enabled")),
    ("phase 2 B: their security group", "endpoint-security-group", ("authorize-security-group-ingress",)),
    ("phase 2 B: private DNS", "private-dns-off", ("modify-vpc-endpoint", "--private-dns-enabled")),
    ("phase 3: hop limit", "hop-limit", ("--http-put-response-hop-limit 2", "without a restart")),
    ("phase 3: metadata endpoint", "metadata-off", ("--http-endpoint enabled",)),
    ("phase 4: the runbook", "target-not-connected", ("AWSSupport-TroubleshootManagedInstance",)),
)

INSTALLING: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("always the newest", "plugin-too-old", ("1.2.896.0",)),
    ("AWS CLI version", "aws-cli-too-old", ("1.16.12",)),
    ("AWS CLI version, when installing", "install-plugin", ("1.16.12",)),
    ("Windows: installer", "install-plugin", ("windows/SessionManagerPluginSetup.exe",)),
    ("Windows: zip", "install-plugin", ("windows/SessionManagerPlugin.zip",)),
    ("Windows: again for every update", "install-plugin", ("no update by itself",)),
    ("Windows: shells", "install-plugin", ("PowerShell 5", "Windows 10", "other terminals")),
    ("Windows: usual folder, new prompt", "install-plugin", ("leave the folder empty", "new command prompt")),
    ("macOS: bundle, x86_64", "install-plugin", ("latest/mac/sessionmanager-bundle.zip",)),
    ("macOS: bundle, ARM64", "install-plugin", ("latest/mac_arm64/sessionmanager-bundle.zip",)),
    ("macOS: bundle, no blanks in the path", "install-plugin", ("no path with a blank",)),
    ("macOS: bundle, Python", "install-plugin", ("Python 3.3", "2.6.5")),
    ("macOS: bundle, install", "install-plugin", ("sessionmanager-bundle/install -i /usr/local/sessionmanagerplugin",)),
    ("macOS: uninstall", "install-plugin", ("rm -rf /usr/local/sessionmanagerplugin", "rm /usr/local/bin/session-")),
    ("macOS: signed, x86_64", "install-plugin", ("latest/mac/session-manager-plugin.pkg",)),
    ("macOS: signed, ARM64", "install-plugin", ("latest/mac_arm64/session-manager-plugin.pkg",)),
    ("macOS: signed, install and link", "install-plugin", ("installer -pkg", "ln -s /usr/local/sessionmanagerplugin")),
    ("Linux: RPM x86_64", "install-plugin", ("linux_64bit/session-manager-plugin.rpm",)),
    ("Linux: RPM x86", "install-plugin", ("linux_32bit/session-manager-plugin.rpm",)),
    ("Linux: RPM ARM64", "install-plugin", ("linux_arm64/session-manager-plugin.rpm",)),
    ("Linux: RPM uninstall", "install-plugin", ("yum erase",)),
    ("Ubuntu: deb x86_64", "install-plugin", ("ubuntu_64bit/session-manager-plugin.deb",)),
    ("Ubuntu: deb x86", "install-plugin", ("ubuntu_32bit/session-manager-plugin.deb",)),
    ("Ubuntu: deb ARM64", "install-plugin", ("ubuntu_arm64/session-manager-plugin.deb",)),
    ("Ubuntu: install, uninstall", "install-plugin", ("dpkg -i", "dpkg -r session-manager-plugin")),
    ("verify", "install-plugin", ("installed successfully",)),
    ("verify: version", "install-plugin", ("session-manager-plugin --version",)),
    ("source on GitHub", "install-plugin", ("github.com/aws/session-manager-plugin",)),
    ("logging: template, levels", "plugin-logging", ("seelog.xml.template", "minlevel", "info", "debug")),
    ("logging: file names stay", "plugin-logging", ("session-manager-plugin.log", "errors.log", "must stay")),
    ("logging: Windows", "plugin-logging", (r"C:\Program Files\Amazon\SessionManagerPlugin",)),
    ("logging: Linux and macOS, rights", "plugin-logging", ("/usr/local/sessionmanagerplugin", "root", "sudo")),
    ("minimum version", "install-plugin", ("1.2.764.0",)),
    ("release history", "plugin-too-old", ("plugin-version-history.html",)),
)

FURTHER = (
    *("expired-credentials", "sso-sign-in", "throttled", "kms-key", "invalid-document", "remote-port-refused"),
    *("local-port-in-use", "idle-timeout", "session-limit", "advanced-tier", "hop-limit", "network-acl", "vpc-dns-off"),
    *("endpoint-policy", "host-management", "instance-not-running", "instance-impaired", "agent-stopped"),
    *("activation-invalid", "no-credentials", "clock-skew", "aws-unreachable", "unknown-failure"),
)
"""What the API, the plugin and the checks add."""

EVERYTHING = (*TROUBLESHOOTING, *NOT_CONNECTED, *INSTALLING)


@pytest.mark.parametrize(
    ("topic_id", "words"), [entry[1:] for entry in EVERYTHING], ids=[key for key, *_ in EVERYTHING]
)
def test_every_place_of_the_sources_is_told_in_its_topic(topic_id: str, words: tuple[str, ...]) -> None:
    assert topic(topic_id).id == topic_id
    text = " ".join(" ".join(topic_lines(topic(topic_id), VALUES, Shell.POSIX, 4000)).split())
    for word in words:
        assert " ".join(word.split()) in text


@pytest.mark.parametrize("topic_id", FURTHER)
def test_what_the_api_and_the_plugin_add_has_a_topic(topic_id: str) -> None:
    assert topic_id in {each.id for each in topics()}
