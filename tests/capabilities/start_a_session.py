"""What "Start a session" names."""

from __future__ import annotations

from tests.capabilities.capability import Capability, Document

_TITLE = "Start a session"
_CONSOLE = "Starting a session (Systems Manager console)"
_EC2 = "Starting a session (Amazon EC2 console)"
_CLI = "Starting a session (AWS CLI)"
_SSH = "Starting a session (SSH)"
_SSH_NEEDS = "SSH Connection Requirements"
_FORWARD = "Starting a session (port forwarding)"
_COMMAND = "Starting a session (interactive commands)"

START_A_SESSION = Document(
    "start a session",
    (_TITLE, _CONSOLE, _EC2, _CLI, _SSH, _SSH_NEEDS, _FORWARD, _COMMAND, "Related content"),
    (
        Capability(
            "start.ways",
            _TITLE,
            "Tell every way to start a session: both consoles, the AWS CLI, SSH, a port, a command.",
            ("tests/cli/test_topics.py::test_an_id_prints_the_topic",),
            advice=("start-a-session",),
        ),
        Capability(
            "start.choose-a-node",
            _CONSOLE,
            "Choose a node from the list and have its shell at once, then be back in the list.",
            (
                "tests/end_to_end/test_screen.py::test_the_main_job",
                "tests/tui/nodes/test_nodes_screen.py::test_enter_opens_a_shell_and_comes_back_to_the_same_row_and_filter",
            ),
        ),
        Capability(
            "start.shell",
            _CONSOLE,
            "Run commands in the node's own shell as through any other connection.",
            ("tests/end_to_end/test_connect.py::test_a_real_shell",),
        ),
        Capability(
            "start.not-listed-or-not-configured",
            _CONSOLE,
            "Show a node that Systems Manager does not list, or that takes no session, with the reason; ask before a"
            " hopeless start.",
            (
                "tests/tui/nodes/test_nodes_screen.py::test_every_node_is_listed_with_its_badge",
                "tests/tui/nodes/test_status_words.py::test_each_status_says_why",
                "tests/tui/nodes/test_nodes_screen.py::test_a_node_that_is_not_ready_is_asked_about",
            ),
        ),
        Capability(
            "start.ec2-instance",
            _EC2,
            "List every EC2 instance beside what Systems Manager lists, and start from there.",
            (
                "tests/aws/test_against_region.py::test_every_node_of_either_side_comes_once",
                "tests/engine/test_fleet.py::test_both_sides_are_joined",
            ),
        ),
        Capability(
            "start.not-authorised",
            _EC2,
            "Name the action that a refused call lacks, and what to ask the administrator for.",
            (
                "tests/end_to_end/test_failed_starts.py::test_connect_names_the_topic",
                "tests/aws/test_against_region.py::test_a_denial_names_its_action",
                "tests/aws/test_call_faults.py::test_a_denial_names_the_action_that_aws_names",
            ),
            advice=("no-permission-to-start",),
        ),
        Capability(
            "start.by-id",
            _CLI,
            "Start a session on the command line by the node's id; by its Name or address too.",
            ("tests/end_to_end/test_connect.py::test_a_real_shell",),
        ),
        Capability(
            "start.the-same-for-the-aws-cli",
            _CLI,
            "Copy the complete AWS CLI command that starts the same session.",
            (
                "tests/domain/test_words_and_versions.py::test_the_equivalent_aws_command",
                "tests/tui/nodes/test_nodes_screen.py::test_copying_goes_both_ways_and_is_shown",
            ),
        ),
        Capability(
            "start.options",
            _CLI,
            "Send the options of StartSession: document, parameters, reason; profile and Region as chosen.",
            (
                "tests/aws/test_session_adapter.py::test_the_request_and_the_answer",
                "tests/aws/test_places.py::test_the_region_comes_from_the_place_the_environment_the_profile",
            ),
        ),
        Capability(
            "start.through-the-aws-cli",
            _CLI,
            "Be the plugin of the AWS CLI: its `start-session` runs a shell through smtui's own plugin.",
            ("tests/end_to_end/test_aws_cli.py::test_our_plugin_under_the_official_name",),
        ),
        Capability(
            "start.needs-a-plugin",
            _CLI,
            "Say which plugin is used and why; without a usable one, start nothing and say how to get one.",
            (
                "tests/cli/test_start_up.py::test_plugin_status",
                "tests/end_to_end/test_failed_starts.py::test_a_plugin_that_is_not_there",
            ),
        ),
        Capability(
            "ssh.login",
            _SSH,
            "Log in over SSH through a session with the user's own key, with ssh's exit status and every byte.",
            (
                "tests/end_to_end/test_ssh.py::test_login_and_exit_status",
                "tests/end_to_end/test_ssh.py::test_smtui_ssh_on_a_terminal",
            ),
            advice=("ssh-over-sessions",),
        ),
        Capability(
            "ssh.copy-files",
            _SSH,
            "Copy files to the node and back with scp.",
            ("tests/end_to_end/test_ssh.py::test_scp_and_rsync_both_ways",),
        ),
        Capability(
            "ssh.agent-version",
            _SSH,
            "Refuse SSH before anything is sent if the agent is older than 2.3.672.0.",
            ("tests/end_to_end/test_ssh.py::test_an_old_agent_is_told_before_anything_is_sent",),
            nodes=("agent-no-forward-1",),
        ),
        Capability(
            "ssh.enable-it",
            _SSH_NEEDS,
            "Write the block of ~/.ssh/config that leads ssh through sessions; say that a node runs no SSH server.",
            (
                "tests/cli/test_ssh_config.py::test_without_a_name_it_prints_the_block_for_every_id",
                "tests/store/test_ssh_config_file.py::test_ssh_reads_the_file_as_it_is_meant",
                "tests/end_to_end/test_ssh.py::test_what_keeps_ssh_from_a_node_is_said_in_one_sentence",
            ),
            advice=("ssh-over-sessions",),
        ),
        Capability(
            "ssh.user",
            _SSH_NEEDS,
            "Offer the user that the key belongs to: the usual one of the node's system, then the one that got in.",
            (
                "tests/ssh/test_ssh_command.py::test_the_usual_user",
                "tests/tui/ssh/test_ssh_screen.py::test_the_first_time_it_asks_and_then_it_knows",
            ),
        ),
        Capability(
            "ssh.never-logged",
            _SSH_NEEDS,
            "Say before the start that port and SSH sessions are not logged, whatever the account logs.",
            (
                "tests/tui/documents/test_document_form.py::"
                "test_what_decides_on_logs_and_users_depends_on_the_kind_of_session",
            ),
            advice=("ssh-over-sessions",),
        ),
        Capability(
            "forward.port",
            _FORWARD,
            "Forward a port of the node to this machine, on the port that was asked for or a free one.",
            (
                "tests/end_to_end/test_forward.py::test_the_same_bytes_and_ctrl_c_ends_it_well",
                "tests/domain/test_forward.py::test_the_request",
                "tests/plugin/builtin/test_forward.py::test_the_local_port_that_was_asked_for",
            ),
        ),
        Capability(
            "forward.agent-version",
            _FORWARD,
            "Refuse a forward if the agent is older than 2.3.672.0, and say which version it takes.",
            (
                "tests/tunnels/test_objection.py::test_what_cannot_work",
                "tests/end_to_end/test_failed_starts.py::test_forward_names_the_topic",
                "tests/cli/test_doctor.py::test_what_the_document_needs_of_the_agent_is_examined",
            ),
        ),
        Capability(
            "forward.windows-desktop",
            _FORWARD,
            "Forward Remote Desktop in two keys, by a preset for port 3389.",
            (
                "tests/domain/test_preset.py::test_the_starters",
                "tests/tui/forward/test_forward_screen.py::test_a_preset_is_two_keys_from_the_list",
            ),
        ),
        Capability(
            "forward.default-port",
            _FORWARD,
            "Take port 80 of the node where a port document leaves the port out.",
            ("tests/domain/test_document.py::test_the_port_is_80_when_a_port_document_says_nothing_else",),
        ),
        Capability(
            "forward.quoting",
            _FORWARD,
            "Quote parameters for the shell that a copied command is pasted into, each shell in its way.",
            (
                "tests/domain/test_shellquote.py::test_real_shells_read_the_very_words",
                "tests/domain/test_shellquote.py::test_windows_powershell_gives_the_program_the_very_words",
                "tests/domain/test_shellquote.py::test_powershell_7_gives_the_program_the_very_words",
                "tests/domain/test_shellquote.py::test_cmd_gives_the_program_the_very_words",
            ),
        ),
        Capability(
            "forward.through-the-aws-cli",
            _FORWARD,
            "Forward a port for the AWS CLI, as its plugin.",
            ("tests/end_to_end/test_aws_cli_forward.py::test_our_plugin_under_the_official_name_forwards",),
        ),
        Capability(
            "command.interactive",
            _COMMAND,
            "Run a command that has the terminal, by a document of the account's own or of AWS's.",
            (
                "tests/end_to_end/test_commands.py::test_an_interactive_command_has_the_terminal",
                "tests/plugin/builtin/test_commands.py::test_an_interactive_command_has_a_terminal_and_a_shell",
            ),
        ),
        Capability(
            "command.parameters",
            _COMMAND,
            "Fill in the parameters of a document, checked against it before anything starts.",
            (
                "tests/tui/documents/test_document_screen.py::test_a_document_is_filled_in_and_started",
                "tests/cli/test_documents.py::test_what_cannot_be_started_is_refused_before_the_start",
            ),
        ),
        Capability(
            "command.documents",
            _COMMAND,
            "List the session documents that can be started, with their kind, owner and parameters.",
            ("tests/cli/test_documents.py::test_every_document_with_its_type_owner_and_parameters",),
        ),
    ),
    nothing={"Related content": "a link to an article; the topic start-a-session has it"},
)
