"""What "Troubleshooting Session Manager" names: each problem is recognised, and each of its solutions is offered."""

from __future__ import annotations

from tests.capabilities.capability import Capability, Document

_TITLE = "Troubleshooting Session Manager"
_START = "No permission to start a session"
_PREFERENCES = "No permission to change session preferences"
_NODE = "Managed node not available or not configured for Session Manager"
_NO_PLUGIN = "Session Manager plugin not found"
_WINDOWS_PATH = "Session Manager plugin not automatically added to command line path (Windows)"
_STUCK = "Session Manager plugin becomes unresponsive"
_NOT_CONNECTED = "TargetNotConnected"
_BLANK = "Blank screen displays after starting a session"
_LONG = "Managed node becomes unresponsive during long running sessions"

_CONNECT_NAMES_IT = "tests/end_to_end/test_failed_starts.py::test_connect_names_the_topic"
_PANE_NAMES_IT = "tests/end_to_end/test_failed_starts.py::test_the_pane_opens_on_the_topic_and_goes_to_the_cause"
_CLI_KNOWS_COMMAND = "tests/topics/test_aws_commands.py::test_the_aws_cli_understands_every_command"

TROUBLESHOOTING = Document(
    "troubleshooting",
    (_TITLE, _START, _PREFERENCES, _NODE, _NO_PLUGIN, _WINDOWS_PATH, _STUCK, _NOT_CONNECTED, _BLANK, _LONG),
    (
        Capability(
            "denied.start",
            _START,
            "Recognise a denied start, quote AWS, and find out whether the user's own policies are why.",
            (
                _CONNECT_NAMES_IT,
                _PANE_NAMES_IT,
                "tests/diagnosis/checks/test_local_checks.py::test_what_we_may",
            ),
            advice=("no-permission-to-start",),
        ),
        Capability(
            "denied.document",
            _START,
            "Find out that the session document is what the policies do not allow.",
            ("tests/cli/test_doctor.py::test_the_document_that_was_chosen_is_the_one_that_is_examined",),
        ),
        Capability(
            "denied.preferences",
            _PREFERENCES,
            "Recognise that the preferences may not be changed, and say what to ask for.",
            ("tests/topics/test_failure_topics.py::test_a_failed_call",),
            advice=("no-permission-for-preferences",),
        ),
        Capability(
            "preferences.change",
            _PREFERENCES,
            "Change the account's preferences; where that is denied, say so and lead to what to ask for.",
            (
                "tests/cli/test_session_rules.py::test_a_denied_change_leads_to_its_topic",
                "tests/tui/sessions/test_rules_screen.py::test_a_denied_change_leads_to_its_topic",
                "tests/cli/test_session_rules.py::test_a_change_is_shown_asked_for_and_undone",
            ),
            issue_14="preferences form",
        ),
        Capability(
            "unlisted.not-set-up",
            _NODE,
            "Find out why Systems Manager does not list a node: its role, its way out, or its agent.",
            ("tests/diagnosis/checks/test_node_checks.py::test_a_node_that_systems_manager_does_not_list",),
            advice=("node-not-listed",),
            nodes=("no-profile-1", "no-nat-1", "no-ssm-endpoint-1"),
        ),
        Capability(
            "unlisted.restart-the-agent",
            _NODE,
            "Say that the agent has to be restarted if its role came later, with the command for each system.",
            (
                "tests/topics/test_texts.py::"
                "test_each_node_side_fix_is_there_for_linux_and_windows_where_an_agent_is_restarted",
            ),
            advice=("agent-restart-needed",),
        ),
        Capability(
            "unlisted.proxy",
            _NODE,
            "Suspect the agent's proxy where only a proxy could be the way out; say how to set it on each system.",
            ("tests/diagnosis/test_certainty.py::test_a_proxy_is_offered_the_topic_on_proxies",),
            advice=("agent-proxy",),
            nodes=("agent-proxy-1",),
            is_mended=False,
        ),
        Capability(
            "unconfigured.role",
            _NODE,
            "Find out that the role lacks what sessions need, and name only that.",
            ("tests/diagnosis/checks/test_role_checks.py::test_only_what_is_missing_is_named",),
            advice=("role-without-permissions",),
            nodes=("no-policy-1",),
        ),
        Capability(
            "unconfigured.agent-version",
            _NODE,
            "Find out that the agent is older than 2.3.68.0, and update it by Run Command.",
            ("tests/diagnosis/checks/test_node_checks.py::test_the_agent_against_what_the_session_needs",),
            advice=("agent-too-old",),
            nodes=("agent-too-old-1",),
        ),
        Capability(
            "unconfigured.agent-by-hand",
            _NODE,
            "Tell how to update the agent by hand on Linux, Windows and macOS.",
            ("tests/topics/test_topic_text.py::test_what_is_for_others_is_left_out_and_what_is_known_is_not_repeated",),
            advice=("agent-too-old",),
        ),
        Capability(
            "unconfigured.agent-on-schedule",
            _NODE,
            "Give the commands that keep the agent new: a State Manager association, a maintenance window.",
            (_CLI_KNOWS_COMMAND,),
            advice=("agent-too-old",),
        ),
        Capability(
            "unconfigured.endpoints",
            _NODE,
            "Find out that the node does not reach Systems Manager; offer endpoints, or a way to the internet.",
            ("tests/diagnosis/against_moto/test_verdicts.py::test_with_neither",),
            advice=("endpoints-unreachable",),
            nodes=("no-nat-1", "no-ssmmessages-1"),
        ),
        Capability(
            "unconfigured.cpu-or-memory",
            _NODE,
            "Say how to see whether CPU or memory is short; find out that the instance fails its status checks.",
            ("tests/diagnosis/checks/test_node_checks.py::test_the_status_checks", _CLI_KNOWS_COMMAND),
            advice=("too-little-cpu-or-memory", "target-not-connected"),
            nodes=("impaired-1",),
        ),
        Capability(
            "plugin.not-found",
            _NO_PLUGIN,
            "Say that the plugin is not there before anything starts, and how to install it.",
            (
                "tests/end_to_end/test_failed_starts.py::test_a_plugin_that_is_not_there",
                "tests/cli/test_doctor.py::test_how_to_install_the_plugin_is_said_where_it_is_missing_or_old",
            ),
            advice=("plugin-not-found",),
        ),
        Capability(
            "plugin.not-on-path",
            _WINDOWS_PATH,
            "Use a plugin that only PATH lacks, and say how to add its folder to PATH on Windows.",
            (
                "tests/diagnosis/checks/test_local_checks.py::test_a_plugin_whose_folder_path_lacks",
                "tests/plugin/test_find.py::test_the_installers_folder_on_windows",
            ),
            advice=("plugin-not-on-path-windows",),
        ),
        Capability(
            "plugin.stuck",
            _STUCK,
            "Replace the plugin of a forward that no longer forwards, on the same local port.",
            (
                "tests/tunnels/test_supervisor.py::test_a_plugin_that_is_alive_but_dead_is_replaced",
                "tests/tunnels/test_supervisor.py::test_a_killed_plugin_comes_back_on_the_same_port",
            ),
        ),
        Capability(
            "plugin.antivirus",
            _STUCK,
            "Suspect antivirus software where a plugin does not answer or end, and say what to exclude from it.",
            (
                "tests/topics/test_failure_topics.py::test_a_run_of_the_plugin",
                "tests/diagnosis/checks/test_local_checks.py::test_the_plugin",
            ),
            advice=("plugin-unresponsive",),
        ),
        Capability(
            "not-connected.not-set-up",
            _NOT_CONNECTED,
            "Recognise the error, and find out what is not set up.",
            (_CONNECT_NAMES_IT, _PANE_NAMES_IT),
            advice=("target-not-connected",),
        ),
        Capability(
            "not-connected.elsewhere",
            _NOT_CONNECTED,
            "Find out that the node is in another account or Region.",
            (
                "tests/cli/test_doctor.py::test_an_instance_of_another_region_is_not_found_in_this_one",
                "tests/diagnosis/checks/test_node_checks.py::test_an_id_that_ec2_does_not_know_here",
            ),
            advice=("target-elsewhere",),
        ),
        Capability(
            "blank.said",
            _BLANK,
            "Say after some seconds that nothing comes and how to leave, then count the blank session as failed.",
            (
                "tests/plugin/test_relay.py::test_a_mute_plugin_is_reported_and_can_be_left",
                "tests/topics/test_failure_topics.py::"
                "test_a_blank_screen_that_the_user_left_is_a_failure_once_it_was_long_enough",
                _CONNECT_NAMES_IT,
            ),
            advice=("blank-screen",),
        ),
        Capability(
            "blank.disk-full",
            _BLANK,
            "Suspect a full root volume, or know it by the agent's own words; say how to measure it.",
            ("tests/topics/test_failure_topics.py::test_a_run_of_the_plugin",),
            advice=("disk-full", "blank-screen"),
        ),
        Capability(
            "blank.endpoint-and-region",
            _BLANK,
            "Find out that the endpoint belongs to another Region than the one in use.",
            (
                "tests/diagnosis/checks/test_local_checks.py::test_the_region",
                "tests/aws/test_local_adapter.py::test_an_endpoint_of_another_region_is_seen",
            ),
            advice=("endpoint-region-mismatch",),
        ),
        Capability(
            "blank.log-endpoints",
            _BLANK,
            "Find out that a VPC with endpoints alone lacks the one for S3 or Logs that the preferences need.",
            ("tests/diagnosis/checks/test_preferences_checks.py::test_a_vpc_without_a_way_out_needs_the_endpoints",),
            advice=("missing-log-endpoints",),
            switches=("no-s3-endpoint", "no-logs-endpoint"),
        ),
        Capability(
            "blank.deleted-target",
            _BLANK,
            "Find out that the bucket or log group of the preferences is gone; the fix makes or changes it.",
            ("tests/diagnosis/checks/test_preferences_checks.py::test_each_fault_fails_in_its_own_check_alone",),
            advice=("deleted-log-target",),
            switches=("bucket-deleted", "log-group-deleted"),
        ),
        Capability(
            "blank.not-encrypted",
            _BLANK,
            "Find out that the preferences demand an encrypted bucket or log group that is not; the fix ends that.",
            (
                "tests/diagnosis/checks/test_preferences_checks.py::test_each_fault_fails_in_its_own_check_alone",
                "tests/diagnosis/checks/test_preferences_checks.py::test_encryption_that_is_not_asked_for_is_skipped",
            ),
            advice=("encryption-mismatch",),
            switches=("bucket-unencrypted", "log-group-unencrypted"),
        ),
        Capability(
            "blank.change-the-preferences",
            _BLANK,
            "Choose another bucket or log group, or no encryption, in a form that shows the difference first.",
            (
                "tests/tui/sessions/test_rules_screen.py::test_a_change_is_shown_asked_about_and_written",
                "tests/sessions/preferences/test_preference_change.py::test_every_field_is_read_back_as_it_was_typed",
                "tests/sessions/preferences/test_rules.py::test_a_change_becomes_the_newest_and_the_default_version",
            ),
            issue_14="preferences form",
        ),
        Capability(
            "long.log-retention",
            _LONG,
            "Suspect the agent's log retention where a node went away in a long session; say how to lower it.",
            (
                "tests/diagnosis/checks/test_node_checks.py::test_a_node_that_went_away_during_a_long_session",
                "tests/cli/test_doctor_table.py::test_a_node_that_went_away_in_a_long_session_leads_to_its_topic",
            ),
            advice=("log-retention",),
            nodes=("long-session-1",),
            is_mended=False,
        ),
    ),
    nothing={_TITLE: "a list of what stands below"},
)
