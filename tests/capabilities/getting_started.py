"""What "Get started with Session Manager" names."""

from __future__ import annotations

from tests.capabilities.capability import Capability, Document

_TITLE = "Get started with AWS SSM Session Manager"
_BENEFITS = "Benefits of using Session Manager"
_IAM = "Centralized access control to managed nodes using IAM policies"
_NO_INBOUND = "No open inbound ports and no need to manage bastion hosts or SSH keys"
_ONE_CLICK = "One-click access to managed nodes from the console and CLI"
_HYBRID = "Connect to both Amazon EC2 instances and non-EC2 managed nodes in hybrid and multicloud environments"
_PORTS = "Port forwarding"
_PLATFORMS = "Cross-platform support for Windows, Linux, and macOS"
_RECORDS = "Logging and auditing session activity"
_TRAIL = "AWS CloudTrail"
_S3 = "Amazon Simple Storage Service"
_LOGS = "Amazon CloudWatch Logs"
_EVENTS = "Amazon EventBridge and Amazon Simple Notification Service"
_WHO = "Who should use Session Manager?"
_SESSION = "What is a session?"
_PERMISSIONS = "Verify or add instance permissions for Session Manager"
_CONSOLE = "Starting a session (Systems Manager console)"
_AUDIT = "Auditing session activity"

_FORM = "tests/tui/documents/test_document_form.py"
_DOCUMENT = "tests/tui/documents/test_document_screen.py"
_LOCAL = "tests/diagnosis/checks/test_local_checks.py"
_IDENTITY = "tests/diagnosis/checks/test_identity_checks.py"

GETTING_STARTED = Document(
    "getting started",
    (
        *(_TITLE, _BENEFITS, _IAM, _NO_INBOUND, _ONE_CLICK, _HYBRID, _PORTS, _PLATFORMS),
        *(_RECORDS, _TRAIL, _S3, _LOGS, _EVENTS, _WHO, _SESSION, _PERMISSIONS, _CONSOLE, _AUDIT),
    ),
    (
        Capability(
            "nodes.every-kind",
            _TITLE,
            "List EC2 instances, edge devices, servers and virtual machines together, and say what each is.",
            (
                "tests/aws/test_against_region.py::test_hybrid_nodes_come_alone",
                "tests/aws/test_node_adapter.py::test_a_managed_node_is_taken_over_whole",
                "tests/tui/nodes/test_node_sections.py::test_a_hybrid_node_has_no_ec2_side",
            ),
            advice=("how-sessions-work",),
        ),
        Capability(
            "access.by-policy",
            _IAM,
            "Say whether the user's policies allow a session on this node with this document, and what is missing.",
            (
                "tests/aws/test_permission_adapter.py::test_every_resource_that_start_session_names_is_asked_about",
                f"{_LOCAL}::test_what_we_may",
            ),
        ),
        Capability(
            "access.the-policy-to-grant",
            _IAM,
            "Write the policy that grants just that: node, document, and one's own sessions.",
            (f"{_LOCAL}::test_the_policy_that_would_allow_it_names_what_the_session_names_and_no_more",),
        ),
        Capability(
            "access.no-inbound-port",
            _NO_INBOUND,
            "Ask for no inbound rule: a node without one, behind a NAT gateway or with endpoints only, is found well.",
            (
                "tests/diagnosis/against_moto/test_verdicts.py::test_behind_a_nat_gateway",
                "tests/diagnosis/checks/path/test_path_checks.py::test_a_healthy_node_passes",
            ),
            advice=("how-sessions-work",),
        ),
        Capability(
            "start.one-click",
            _ONE_CLICK,
            "Open a shell by one key or a double click.",
            (
                "tests/tui/nodes/test_nodes_screen.py::test_a_click_selects_and_a_double_click_opens_a_shell",
                "tests/end_to_end/test_screen.py::test_the_main_job",
            ),
        ),
        Capability(
            "command.one",
            _ONE_CLICK,
            "Run one command in a session, with its outputs apart and its exit status.",
            ("tests/end_to_end/test_commands.py::test_the_remote_status_is_ours_and_the_outputs_stay_apart",),
        ),
        Capability(
            "command.sequence",
            _ONE_CLICK,
            "Run a sequence of commands, as one line of the node's shell, on one node or many.",
            (
                "tests/runs/test_command_words.py::test_one_word_is_a_line_for_the_shell",
                "tests/end_to_end/test_run.py::test_outputs_summary_and_status",
            ),
        ),
        Capability(
            "hybrid.session",
            _HYBRID,
            "Open a shell on a server or an edge device outside of EC2, and examine it without asking EC2 about it.",
            (
                "tests/end_to_end/test_connect.py::test_a_shell_outside_of_ec2",
                "tests/cli/test_doctor.py::test_a_hybrid_node_has_its_ec2_checks_skipped",
                "tests/engine/test_examination.py::test_nothing_of_ec2_is_asked_about_a_hybrid_node",
            ),
        ),
        Capability(
            "hybrid.advanced-tier",
            _HYBRID,
            "Find out that the advanced-instances tier is off; the fix says that it costs.",
            ("tests/diagnosis/checks/test_node_checks.py::test_the_tier",),
            advice=("advanced-tier",),
            switches=("standard-tier",),
        ),
        Capability(
            "forward.any-port",
            _PORTS,
            "Forward any port of the node to a local one, and use the server behind it.",
            (
                "tests/end_to_end/test_forward.py::test_the_same_bytes_and_ctrl_c_ends_it_well",
                "tests/plugin/builtin/test_forward.py::test_uploads_arrive_whole",
            ),
        ),
        Capability(
            "platforms.shown",
            _PLATFORMS,
            "Know Linux, Windows and macOS nodes, and show each by the name that people use.",
            ("tests/domain/test_platform_name.py::test_the_form_that_people_say",),
        ),
        Capability(
            "platforms.commands",
            _PLATFORMS,
            "Give a Windows node its commands for PowerShell, and no choice of a POSIX shell.",
            (
                "tests/runs/test_command_words.py::test_powershell_gets_its_line_encoded",
                "tests/engine/test_shell_choice.py::test_windows_has_no_such_shell",
            ),
        ),
        Capability(
            "records.not-of-ports-and-ssh",
            _RECORDS,
            "Say of each kind of session whether it is logged; port forwarding and SSH never are.",
            (
                f"{_FORM}::test_what_decides_on_logs_and_users_depends_on_the_kind_of_session",
                "tests/sessions/test_log_place.py::test_forwards_and_ssh_are_never_logged_and_nothing_is_asked",
            ),
            advice=("session-records",),
        ),
        Capability(
            "records.where-they-go",
            _RECORDS,
            "Say in words what the account's preferences log and encrypt, and what that means for a session.",
            (
                "tests/cli/test_session_rules.py::test_the_rules_in_words",
                "tests/tui/sessions/test_rules_screen.py::test_the_rules_stand_in_words_the_verdict_first",
            ),
            issue_14="rules in words",
        ),
        Capability(
            "records.before-the-start",
            _RECORDS,
            "Say before a session starts, and of each copy, where the account logs it.",
            (
                f"{_DOCUMENT}::test_the_title_line_says_what_was_read_of_the_document_and_of_the_preferences",
                "tests/transfers/test_session_logs.py::test_a_download_ends_up_in_the_log_and_an_upload_does_not",
            ),
        ),
        Capability(
            "records.trail",
            _TRAIL,
            "Show CloudTrail's events of a session: who, from where, with what.",
            (
                "tests/cli/test_session_log.py::test_the_audit_of_a_session",
                "tests/sessions/test_audit.py::test_an_event_has_who_from_where_with_what_and_for_what",
                "tests/sessions/test_audit.py::test_only_the_sessions_own_events_the_oldest_first",
                "tests/tui/sessions/test_session_panes.py::test_the_audit_of_a_session_and_the_rule_to_copy",
            ),
            issue_14="audit",
        ),
        Capability(
            "records.trail-by-command",
            _TRAIL,
            "Give the commands that show who started sessions and which ran.",
            ("tests/topics/test_aws_commands.py::test_the_aws_cli_understands_every_command",),
            advice=("session-records",),
        ),
        Capability(
            "records.s3-log",
            _S3,
            "Find the log of a session in the S3 bucket, and read it.",
            (
                "tests/cli/test_session_log.py::test_the_log_of_a_past_shell_without_its_escapes",
                "tests/sessions/test_log_place.py::test_an_object_is_named_by_prefix_and_session",
                "tests/sessions/test_log_reading.py::test_a_small_object_is_there_at_once",
                "tests/end_to_end/test_session_logs.py::test_a_hostile_log_of_50_mb_opens_on_the_screen_and_harms_no_terminal",
            ),
            issue_14="logs",
        ),
        Capability(
            "records.s3-target",
            _S3,
            "Find out that the bucket is gone or not encrypted although the preferences demand it, and mend that.",
            ("tests/diagnosis/checks/test_preferences_checks.py::test_each_fault_fails_in_its_own_check_alone",),
            switches=("bucket-deleted", "bucket-unencrypted"),
        ),
        Capability(
            "records.cloudwatch-log",
            _LOGS,
            "Find the log of a session in CloudWatch Logs, read it, and follow that of a running one.",
            (
                "tests/cli/test_session_log.py::test_the_log_of_a_session_that_runs",
                "tests/sessions/test_log_reading.py::test_a_stream_is_read_from_its_end_and_back",
                "tests/sessions/test_log_reading.py::test_a_running_session_is_followed",
                "tests/end_to_end/test_session_logs.py::test_a_shell_is_logged_while_it_runs_followed_and_kept_whole",
            ),
            issue_14="logs",
        ),
        Capability(
            "records.cloudwatch-target",
            _LOGS,
            "Find out that the log group is gone or has no key although the preferences demand one, and mend that.",
            ("tests/diagnosis/checks/test_preferences_checks.py::test_each_fault_fails_in_its_own_check_alone",),
            switches=("log-group-deleted", "log-group-unencrypted"),
        ),
        Capability(
            "records.set-up",
            _RECORDS,
            "Turn logging to a bucket or a log group on or off, with a KMS key or without.",
            (
                "tests/sessions/preferences/test_preference_change.py::test_every_field_is_read_back_as_it_was_typed",
                "tests/cli/test_session_rules.py::test_a_change_is_shown_asked_for_and_undone",
                "tests/tui/sessions/test_rules_screen.py::test_a_change_is_shown_asked_about_and_written",
            ),
            issue_14="preferences form",
        ),
        Capability(
            "records.notification",
            _EVENTS,
            "Say whether anyone is notified when a session starts or ends, and give the rule to make.",
            (
                "tests/cli/test_session_log.py::test_the_audit_of_a_session",
                "tests/sessions/test_notifications.py::test_nobody_is_notified",
                "tests/sessions/test_notifications.py::test_subscribers_by_name",
                "tests/end_to_end/test_session_logs.py::test_the_copied_commands_make_a_rule_that_the_audit_finds",
            ),
            issue_14="notification rule",
        ),
        Capability(
            "records.notification-by-terraform",
            _EVENTS,
            "Give the rule that notifies by mail or text message as Terraform; say that it can start something else.",
            ("tests/topics/test_texts.py::test_terraform_is_complete_and_balanced",),
            advice=("session-records",),
        ),
        Capability(
            "session.two-ways",
            _SESSION,
            "Pass every key and all output through one channel, complete and in order, even where it is cut.",
            (
                "tests/end_to_end/test_connect.py::test_a_real_shell",
                "tests/end_to_end/test_endings.py::test_a_cut_in_mid_output_loses_and_repeats_nothing",
            ),
        ),
        Capability(
            "session.tls",
            _SESSION,
            "Speak TLS 1.2 or newer with the service, and only to a certificate that is trusted.",
            (
                "tests/aws/test_proxy_and_trust.py::test_the_data_channel_takes_no_tls_older_than_1_2",
                "tests/channel/test_websocket.py::test_frames_pass_over_tls",
                "tests/channel/test_websocket.py::test_an_untrusted_certificate_is_named_as_such_and_not_tried_again",
            ),
        ),
        Capability(
            "session.signed",
            _SESSION,
            "Sign the request that opens the channel with Signature Version 4.",
            (
                "tests/aws/test_plugin_calls.py::test_the_signature_is_botocores",
                "tests/demo/test_region.py::test_a_rightly_signed_upgrade_is_taken",
                "tests/demo/test_region.py::test_a_wrongly_signed_upgrade_is_refused",
            ),
        ),
        Capability(
            "session.kms",
            _SESSION,
            "Encrypt a session with the account's KMS key as well.",
            (
                "tests/end_to_end/test_encrypted.py::test_on_a_terminal",
                "tests/end_to_end/test_encrypted.py::test_a_shell_from_the_screen",
            ),
        ),
        Capability(
            "session.end",
            _SESSION,
            "End the session by `exit`, and at AWS too however it ends on this side.",
            (
                "tests/end_to_end/test_connect.py::test_a_real_shell",
                "tests/end_to_end/test_endings.py::test_every_ending_leaves_nothing",
            ),
        ),
        Capability(
            "session.limits",
            _SESSION,
            "Name the limit where the service refuses or ends a session for one: idle time, longest time, number.",
            (
                "tests/end_to_end/test_failed_starts.py::test_connect_names_the_topic",
                "tests/topics/test_failure_topics.py::test_a_run_of_the_plugin",
                "tests/topics/test_failure_topics.py::test_a_failed_call",
            ),
        ),
        Capability(
            "permissions.host-management",
            _PERMISSIONS,
            "Accept Default Host Management in place of a profile, and say which nodes it does not help.",
            (
                f"{_IDENTITY}::test_host_management_stands_in_for_a_profile",
                "tests/cli/test_doctor_table.py::test_default_host_management_does_not_help_every_node",
            ),
            advice=("host-management",),
            switches=("host-management-broken",),
        ),
        Capability(
            "permissions.instance-profile",
            _PERMISSIONS,
            "Find out that an instance has no profile, a deleted one, or one without a role, and attach one.",
            (f"{_IDENTITY}::test_without_profile_and_host_management_the_profile_fails_and_nothing_else_does",),
            advice=("no-instance-profile",),
            nodes=("no-profile-1", "profile-deleted-1", "no-role-1"),
        ),
        Capability(
            "permissions.managed-policy",
            _PERMISSIONS,
            "Judge the role by what it allows: the managed policy, or any other that was there before.",
            (
                "tests/diagnosis/checks/test_role_checks.py::test_whichever_way_the_actions_are_allowed_counts",
                "tests/diagnosis/checks/test_role_checks.py::test_only_what_is_missing_is_named",
            ),
        ),
        Capability(
            "permissions.hybrid-role",
            _PERMISSIONS,
            "Judge a hybrid node by the service role of its activation, and by no instance profile.",
            (
                "tests/diagnosis/checks/test_role_checks.py::test_other_ways_to_a_role_need_trust_in_ssm",
                "tests/diagnosis/checks/test_role_checks.py::test_a_hybrid_node_is_asked_for_under_its_own_arn",
                "tests/cli/test_doctor.py::test_a_hybrid_node_has_its_ec2_checks_skipped",
            ),
            advice=("activation-invalid",),
        ),
        Capability(
            "console.the-way-there",
            _CONSOLE,
            "Tell how to start a session in the Systems Manager console.",
            ("tests/cli/test_topics.py::test_an_id_prints_the_topic",),
            advice=("start-a-session",),
        ),
        Capability(
            "start.reason",
            _CONSOLE,
            "Give a reason with a shell, a document or a forward; it stays with the session at AWS.",
            (
                "tests/end_to_end/test_connect.py::test_a_reason_stays_with_the_session",
                f"{_DOCUMENT}::test_the_accounts_own_shell_takes_a_reason",
                f"{_DOCUMENT}::test_a_document_is_filled_in_and_started",
                "tests/tui/forward/test_forward_screen.py::test_a_reason_goes_with_the_preset",
            ),
        ),
        Capability(
            "start.document",
            _CONSOLE,
            "Choose another session document, and give its parameters; several values by commas.",
            (
                f"{_DOCUMENT}::test_a_document_is_filled_in_and_started",
                "tests/domain/test_document.py::test_a_list_comes_back_from_what_was_typed",
            ),
        ),
        Capability(
            "records.sessions",
            _AUDIT,
            "List the sessions that run and those of the last 30 days.",
            (
                "tests/cli/test_sessions.py::test_who_is_on_which_node_mine_first",
                "tests/cli/test_sessions.py::test_the_past",
                "tests/tui/sessions/test_sessions_screen.py::test_yours_come_first_then_the_newest",
            ),
            issue_14="sessions",
        ),
        Capability(
            "records.calls",
            _AUDIT,
            "Show the calls that CloudTrail captured, whichever client made them.",
            (
                "tests/cli/test_session_log.py::test_the_audit_of_a_session",
                "tests/sessions/test_audit.py::test_user_agents_in_a_word_or_two",
                "tests/demo/operations/test_trail_calls.py::test_a_call_that_came_is_recorded_without_its_token",
                "tests/end_to_end/test_session_logs.py::test_a_shell_is_logged_while_it_runs_followed_and_kept_whole",
            ),
            issue_14="audit",
        ),
    ),
    nothing={
        _BENEFITS: "a heading over the benefits, which stand below by themselves",
        _WHO: "it describes the readers; what they want is named under the other headings",
    },
)
