"""What "Install the Session Manager plugin" names: help with AWS's plugin, and what smtui's own has to do like it."""

from __future__ import annotations

from tests.capabilities.capability import Capability, Document

_TITLE = "Install the Session Manager plugin for the AWS CLI"
_WINDOWS = "Install the Session Manager plugin on Windows"
_BUNDLE = "Install and uninstall the Session Manager plugin on macOS"
_SIGNED = "Install the Session Manager plugin on macOS with the signed installer"
_RPM = "Install Session Manager plugin on Linux"
_DEB = "Install the Session Manager plugin on Ubuntu"
_VERIFY = "Verify the Session Manager plugin installation"
_SOURCE = "Session Manager plugin on GitHub"
_LOG = "(Optional) Turn on Session Manager plugin logging"
_LOG_WINDOWS = "Turn on logging for the Session Manager plugin (Windows)"
_LOG_UNIX = "Enable logging for the Session Manager plugin (Linux and macOS)"
_VERSIONS = "Session Manager plugin latest version and release history"

_HELP = "tests/cli/test_doctor.py::test_install_help_knows_the_system_and_its_processor"
_DISTRIBUTION = "tests/cli/test_doctor.py::test_install_help_knows_the_distribution"
_LOG_HELP = "tests/cli/test_doctor.py::test_logging_help_knows_the_system"

INSTALL_THE_PLUGIN = Document(
    "install the plugin",
    (
        *(_TITLE, _WINDOWS, _BUNDLE, _SIGNED, _RPM, _DEB, _VERIFY),
        *(_SOURCE, _LOG, _LOG_WINDOWS, _LOG_UNIX, _VERSIONS),
    ),
    (
        Capability(
            "install.not-needed",
            _TITLE,
            "Work without AWS's plugin, by one of its own; take AWS's where it is fit, and say which and why.",
            (
                "tests/domain/test_plugin_grade.py::test_auto_takes_ours_and_says_why",
                "tests/domain/test_plugin_grade.py::test_auto_takes_the_official_plugin",
            ),
        ),
        Capability(
            "install.cli-version",
            _TITLE,
            "Find out that the AWS CLI is older than 1.16.12.",
            (
                "tests/plugin/test_find.py::test_the_first_one_on_path_tells_its_version",
                "tests/diagnosis/checks/test_local_checks.py::test_the_aws_cli",
            ),
            advice=("aws-cli-too-old",),
        ),
        Capability(
            "install.when-missing-or-old",
            _TITLE,
            "Say how to install it where it is missing or old, by itself, on this machine.",
            ("tests/cli/test_doctor.py::test_how_to_install_the_plugin_is_said_where_it_is_missing_or_old",),
            advice=("install-plugin",),
        ),
        Capability(
            "install.windows",
            _WINDOWS,
            "Help to install it on Windows, by the installer or its zip, and to get it onto PATH.",
            (_HELP,),
            advice=("install-plugin",),
        ),
        Capability(
            "install.windows-folder",
            _WINDOWS,
            "Find it in the installer's folder on Windows, though PATH lacks it.",
            ("tests/plugin/test_find.py::test_the_installers_folder_on_windows",),
        ),
        Capability(
            "install.macos-bundle",
            _BUNDLE,
            "Help to install it on macOS by the bundle for this processor, and to remove it again.",
            (_HELP,),
            advice=("install-plugin",),
        ),
        Capability(
            "install.usual-folder",
            _BUNDLE,
            "Find it in the folder of the installers for macOS and Linux, though PATH lacks it.",
            (
                "tests/plugin/test_find.py::test_the_usual_folders_come_after_path",
                "tests/plugin/test_find.py::test_a_name_that_path_lacks_may_be_installed_all_the_same",
            ),
        ),
        Capability(
            "install.macos-signed",
            _SIGNED,
            "Help to install it on macOS by the signed package for this processor.",
            (_HELP,),
            advice=("install-plugin",),
        ),
        Capability(
            "install.rpm",
            _RPM,
            "Help to install and remove the RPM package, where the distribution takes RPM, for this processor.",
            (_HELP, _DISTRIBUTION, "tests/topics/test_machines.py::test_the_package_of_a_distribution"),
            advice=("install-plugin",),
        ),
        Capability(
            "install.deb",
            _DEB,
            "Help to install and remove the deb package, where the distribution takes deb, for this processor.",
            (_HELP, _DISTRIBUTION, "tests/topics/test_machines.py::test_the_package_of_a_distribution"),
            advice=("install-plugin",),
        ),
        Capability(
            "verify.installed",
            _VERIFY,
            "Verify the installation: find the plugin, run it, and report its path, version and fitness.",
            (
                "tests/cli/test_start_up.py::test_plugin_status",
                "tests/plugin/test_find.py::test_the_first_on_path_is_found",
                "tests/diagnosis/checks/test_local_checks.py::test_the_plugin",
            ),
            advice=("install-plugin",),
        ),
        Capability(
            "verify.our-own",
            _VERIFY,
            "Answer like AWS's plugin when it is run without a session, or asked for its version.",
            ("tests/plugin/builtin/test_on_pipes.py::test_without_a_session_it_answers_as_the_official_one_does",),
        ),
        Capability(
            "verify.permission",
            _VERIFY,
            "Say whether a session that does not start lacks permission rather than a plugin.",
            ("tests/diagnosis/checks/test_local_checks.py::test_what_we_may",),
        ),
        Capability(
            "log.help",
            _LOG,
            "Help to turn on the log of AWS's plugin: its two files, levels and sizes.",
            ("tests/cli/test_doctor.py::test_install_help_and_logging_are_for_this_system",),
            advice=("plugin-logging",),
        ),
        Capability(
            "log.windows",
            _LOG_WINDOWS,
            "Give the file and the command for it on Windows.",
            (_LOG_HELP,),
            advice=("plugin-logging",),
        ),
        Capability(
            "log.linux-and-macos",
            _LOG_UNIX,
            "Give the file, the command and the rights of the log's folder on Linux and macOS.",
            (_LOG_HELP,),
            advice=("plugin-logging",),
        ),
        Capability(
            "version.oldest",
            _VERSIONS,
            "Refuse a plugin older than 1.1.17.0, and say so of one that AWS no longer supports.",
            (
                "tests/domain/test_plugin_grade.py::test_versions_are_graded_as_numbers",
                "tests/end_to_end/test_failed_starts.py::test_connect_names_the_topic",
            ),
            advice=("plugin-too-old",),
        ),
        Capability(
            "version.history",
            _VERSIONS,
            "List the releases of AWS's plugin with what each brought.",
            ("tests/topics/test_library.py::test_every_id_is_listed_and_read",),
            advice=("plugin-versions",),
        ),
        Capability(
            "plugin.idle-forward",
            _VERSIONS,
            "Let an idle forward time out: newer agents get no sign of life that would keep it open.",
            (
                "tests/channel/test_ports.py::test_signs_of_life_only_in_their_era",
                "tests/channel/test_ports.py::test_capabilities_follow_the_agents_version",
            ),
        ),
        Capability(
            "plugin.forward-without-client",
            _VERSIONS,
            "Keep a forward open however long nobody connects to its local port.",
            ("tests/plugin/builtin/test_port_session.py::test_a_forward_that_nobody_connects_to_stays_open",),
        ),
        Capability(
            "plugin.payload-types",
            _VERSIONS,
            "Read every kind of output: stdout, stderr, exit status; pass over kinds that are unknown.",
            (
                "tests/channel/test_official_frames.py::test_a_command_with_separate_streams",
                "tests/channel/test_client_session.py::test_messages_for_the_agent_and_unknown_ones_are_passed_over",
            ),
        ),
        Capability(
            "plugin.inactive-agent",
            _VERSIONS,
            "Send less and less often to an agent that does not answer, and heed its pause without a false word.",
            (
                "tests/channel/test_input_stream.py::test_each_copy_of_a_message_waits_twice_as_long_up_to_a_limit",
                "tests/channel/test_message.py::test_publication_messages_are_taken_unchecked",
                "tests/channel/test_client_session.py::test_messages_for_the_agent_and_unknown_ones_are_passed_over",
            ),
        ),
        Capability(
            "plugin.identity-center",
            _VERSIONS,
            "Use a sign-in of IAM Identity Center, and renew it from the screen once it has expired.",
            (
                "tests/aws/test_credentials.py::test_an_sso_profile_without_a_sign_in",
                "tests/end_to_end/test_sign_in.py::test_an_expired_sign_in_is_renewed_from_the_screen",
            ),
        ),
        Capability(
            "plugin.abrupt-end",
            _VERSIONS,
            "End well if the session is terminated from elsewhere.",
            (
                "tests/plugin/builtin/test_on_a_terminal.py::test_terminate_session_ends_it_in_the_official_words",
                "tests/channel/test_both_ends.py::test_a_session_that_the_service_terminates_is_closed",
            ),
        ),
        Capability(
            "plugin.non-interactive",
            _VERSIONS,
            "Run NonInteractiveCommands documents, with outputs and status as the document gives them.",
            (
                "tests/plugin/builtin/test_commands.py::test_streams_and_status_are_the_commands",
                "tests/end_to_end/test_commands.py::test_without_separate_outputs_no_status_is_claimed",
            ),
        ),
        Capability(
            "plugin.many-connections",
            _VERSIONS,
            "Carry many connections at once through one forward, whole, without one waiting for another.",
            (
                "tests/plugin/builtin/test_forward.py::test_ten_downloads_at_once_arrive_whole_and_are_reported",
                "tests/channel/test_input_stream.py::"
                "test_three_megabytes_take_a_proportionate_time_on_a_line_that_loses",
            ),
        ),
        Capability(
            "plugin.early-packets",
            _VERSIONS,
            "Lose nothing that arrives before this side is ready, or before what precedes it.",
            (
                "tests/plugin/test_relay.py::test_the_output_before_attaching_is_kept",
                "tests/channel/test_stream.py::test_an_early_message_is_acknowledged_and_waits",
                "tests/channel/test_ports.py::test_basic_what_the_far_end_says_first_is_kept_for_the_first_connection",
            ),
        ),
        Capability(
            "plugin.unix-socket",
            _VERSIONS,
            "Forward a port to a local Unix socket, which is the owner's alone.",
            (
                "tests/end_to_end/test_forward.py::test_a_local_socket",
                "tests/plugin/builtin/test_forward.py::"
                "test_a_local_unix_socket_is_the_owners_alone_and_goes_with_the_forward",
            ),
        ),
        Capability(
            "plugin.ctrl-c",
            _VERSIONS,
            "End a forward by Ctrl-C, at AWS too, whether its agent knows the flag for it or not.",
            (
                "tests/plugin/builtin/test_forward.py::test_a_terminals_ctrl_c_ends_it",
                "tests/plugin/builtin/test_forward.py::test_an_agent_that_knows_no_flag_is_ended_by_the_api",
                "tests/end_to_end/test_forward.py::test_the_same_bytes_and_ctrl_c_ends_it_well",
            ),
        ),
        Capability(
            "plugin.client-drops",
            _VERSIONS,
            "Tell the server when the local client closes its connection, and keep the forward open.",
            (
                "tests/channel/test_multiplexer.py::test_the_users_close_reaches_the_far_end",
                "tests/plugin/builtin/test_forward.py::test_the_far_ends_close_is_passed_on_and_so_is_ours",
            ),
        ),
        Capability(
            "plugin.waits-for-server",
            _VERSIONS,
            "Keep a connection of a forward open until the remote server closes it.",
            (
                "tests/plugin/builtin/test_forward.py::test_an_answer_after_a_half_close_still_comes",
                "tests/plugin/builtin/test_forward.py::test_ssh_ends_when_the_far_end_does",
            ),
        ),
        Capability(
            "plugin.rate",
            _VERSIONS,
            "Limit how much is under way to the agent at any moment.",
            ("tests/channel/test_input_stream.py::test_no_more_is_in_flight_than_the_window",),
        ),
        Capability(
            "plugin.ssh",
            _VERSIONS,
            "Carry SSH over standard input and output, byte for byte.",
            ("tests/plugin/builtin/test_forward.py::test_ssh_has_standard_input_and_output",),
        ),
        Capability(
            "plugin.kms",
            _VERSIONS,
            "Encrypt what is typed and shown with a key of KMS.",
            (
                "tests/channel/test_encrypted_channel.py::test_every_kind_of_output_and_input",
                "tests/plugin/builtin/test_kms_against_moto.py::test_a_session_from_key_to_farewell",
            ),
        ),
    ),
    nothing={_SOURCE: "where AWS's source is, and that modified copies are not supported; the topic tells both"},
    releases={
        "1.2.463.0": "install.macos-bundle",
        "1.2.398.0": "nothing: how AWS builds and installs its own plugin",
        "1.2.339.0": "plugin.idle-forward",
        "1.2.331.0": "plugin.forward-without-client",
        "1.2.323.0": "plugin.idle-forward",
        "1.2.312.0": "plugin.payload-types",
        "1.2.295.0": "plugin.inactive-agent",
        "1.2.279.0": "install.windows",
        "1.2.245.0": "plugin.identity-center",
        "1.2.234.0": "plugin.abrupt-end",
        "1.2.205.0": "install.macos-signed",
        "1.2.54.0": "plugin.non-interactive",
        "1.2.30.0": "plugin.many-connections",
        "1.2.7.0": "plugin.many-connections",
        "1.1.61.0": "install.rpm",
        "1.1.54.0": "plugin.early-packets",
        "1.1.50.0": "plugin.unix-socket",
        "1.1.35.0": "plugin.ctrl-c",
        "1.1.33.0": "plugin.client-drops",
        "1.1.31.0": "plugin.waits-for-server",
        "1.1.26.0": "plugin.rate",
        "1.1.23.0": "plugin.ssh",
        "1.1.17.0": "plugin.kms",
        "1.0.37.0": "nothing: a fault of AWS's plugin on Windows",
        "1.0.0.0": "nothing: the first release",
    },
)
