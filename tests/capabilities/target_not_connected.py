"""What the text on TargetNotConnected names."""

from __future__ import annotations

from tests.capabilities.capability import Capability, Document

_TITLE = "AWS SSM Error: Fixing 'TargetNotConnected' in Session Manager"
_CAUSE = "The Root Cause: It's a Pull, Not a Push"
_ROLE = "Phase 1: Validating the IAM Role (The Most Common Culprit)"
_ROLE_FIX = f"{_ROLE} > The Fix"
_NETWORK = "Phase 2: Network Reachability (The Silent Blocker)"
_PUBLIC = "Scenario A: Public Subnet"
_PRIVATE = 'Scenario B: Private Subnet (The "Hybrid" Trap)'
_HOPS = "Phase 3: The IMDSv2 Hop Limit Edge Case"
_HOPS_FIX = f"{_HOPS} > The Fix"
_RUNBOOK = "Phase 4: Automated Diagnosis via AWS Support"
_SUMMARY = "Summary"

_PATH = "tests/diagnosis/checks/path/test_path_checks.py"

TARGET_NOT_CONNECTED = Document(
    "target not connected",
    (_TITLE, _CAUSE, _ROLE, _ROLE_FIX, _NETWORK, _PUBLIC, _PRIVATE, _HOPS, _HOPS_FIX, _RUNBOOK, _SUMMARY),
    (
        Capability(
            "lost.the-error",
            _TITLE,
            "Recognise TargetNotConnected, quote it, and go on to the cause.",
            (
                "tests/topics/test_failure_topics.py::test_a_failed_call",
                "tests/end_to_end/test_failed_starts.py::test_the_pane_opens_on_the_topic_and_goes_to_the_cause",
            ),
            advice=("target-not-connected",),
        ),
        Capability(
            "lost.machine-is-fine",
            _TITLE,
            "Tell a node that runs, with passed status checks, from one that is connected for sessions.",
            (
                "tests/diagnosis/checks/test_node_checks.py::test_the_connection",
                "tests/cli/test_list.py::test_every_badge_of_the_story",
            ),
        ),
        Capability(
            "lost.three-links",
            _CAUSE,
            "Check identity, path and handshake in this order, and name the nearest broken link as the cause.",
            (
                "tests/cli/test_doctor.py::test_the_json_has_every_code_of_the_contract_in_the_order_of_the_chain",
                "tests/cli/test_doctor_table.py::test_two_causes_are_both_found_the_nearer_first",
            ),
            advice=("how-sessions-work",),
        ),
        Capability(
            "lost.agent",
            _CAUSE,
            "Find out that the agent itself has stopped, by its last ping.",
            ("tests/diagnosis/checks/test_node_checks.py::test_an_agent_that_does_not_report",),
            nodes=("agent-stopped-1",),
            is_mended=False,
        ),
        Capability(
            "identity.profile",
            _ROLE,
            "Find out that no instance profile is attached, as EC2 tells it, and attach one.",
            (
                "tests/aws/test_identity_adapter.py::test_the_association_in_force",
                "tests/diagnosis/against_moto/test_verdicts.py::test_no_instance_profile",
            ),
            advice=("no-instance-profile",),
            nodes=("no-profile-1",),
        ),
        Capability(
            "identity.role-for-something-else",
            _ROLE,
            "Find out that the role allows other things than what the agent needs, such as S3 alone.",
            ("tests/diagnosis/against_moto/test_verdicts.py::test_a_role_without_permissions",),
            advice=("role-without-permissions",),
            nodes=("no-policy-1", "policy-denied-1", "boundary-1"),
        ),
        Capability(
            "identity.attach-the-policy",
            _ROLE_FIX,
            "Give the command that attaches AmazonSSMManagedInstanceCore to the node's role, complete.",
            (
                "tests/cli/test_doctor.py::test_the_first_fix_in_json_is_the_one_that_mends",
                "tests/tui/troubleshoot/test_troubleshoot_screen.py::test_c_copies_the_fix_and_arrows_choose_another",
            ),
        ),
        Capability(
            "identity.terraform",
            _ROLE_FIX,
            "Give role, attachment and profile as Terraform.",
            ("tests/topics/test_texts.py::test_terraform_is_complete_and_balanced",),
            advice=("no-instance-profile",),
        ),
        Capability(
            "identity.trust",
            _ROLE_FIX,
            "Find out that the role does not trust EC2, say whom it trusts, and mend it.",
            (
                "tests/diagnosis/checks/test_role_checks.py::"
                "test_trust_in_another_service_fails_and_says_whom_the_role_trusts",
            ),
            advice=("role-trust",),
            nodes=("wrong-trust-1",),
        ),
        Capability(
            "path.https-out",
            _NETWORK,
            "Follow TCP 443 from the node to Systems Manager: groups, network ACLs, routes, gateways, endpoints.",
            (
                f"{_PATH}::test_each_crossing_of_the_nat_gateways_edge",
                "tests/diagnosis/against_moto/test_verdicts.py::test_a_network_acl_that_lets_no_answers_in",
            ),
            nodes=("acl-closed-1", "acl-out-closed-1"),
        ),
        Capability(
            "path.egress",
            _PUBLIC,
            "Find out that the security group does not let TCP 443 out, and open it.",
            (f"{_PATH}::test_egress_that_is_not_enough_for_the_internet",),
            advice=("security-group-egress",),
            nodes=("no-egress-1", "egress-elsewhere-1"),
        ),
        Capability(
            "path.public-address",
            _PUBLIC,
            "Find out that a node in a public subnet has no public address.",
            (f"{_PATH}::test_internet_gateway_needs_a_public_address",),
            nodes=("no-public-ip-1",),
        ),
        Capability(
            "path.no-inbound",
            _PUBLIC,
            "Find a node well whose group has no inbound rule.",
            ("tests/diagnosis/against_moto/test_verdicts.py::test_behind_a_nat_gateway",),
        ),
        Capability(
            "path.no-way-out",
            _PRIVATE,
            "Find out that a private subnet has neither a way to the internet nor endpoints; offer both remedies.",
            ("tests/diagnosis/against_moto/test_verdicts.py::test_with_neither",),
            advice=("no-way-out",),
            nodes=("no-nat-1", "nat-in-private-1", "private-nat-1", "nat-failed-1", "blackhole-1"),
        ),
        Capability(
            "path.three-endpoints",
            _PRIVATE,
            "Find out which of the three endpoints is missing, and make it.",
            (f"{_PATH}::test_a_missing_endpoint",),
            advice=("endpoint-missing",),
            nodes=("no-ssm-endpoint-1", "no-ssmmessages-1", "no-ec2messages-1"),
        ),
        Capability(
            "path.endpoints-by-terraform",
            _PRIVATE,
            "Give the endpoints with their security group as Terraform.",
            ("tests/topics/test_texts.py::test_terraform_is_complete_and_balanced",),
            advice=("no-way-out",),
        ),
        Capability(
            "path.endpoint-group",
            _PRIVATE,
            "Find out that an endpoint's security group does not let the node in on 443, and open it.",
            (f"{_PATH}::test_the_endpoints_security_group",),
            advice=("endpoint-security-group",),
            nodes=("endpoint-sg-closed-1",),
        ),
        Capability(
            "path.private-dns",
            _PRIVATE,
            "Find out that the endpoints' private DNS names are off, and turn them on.",
            (f"{_PATH}::test_private_dns_off",),
            advice=("private-dns-off",),
            nodes=("private-dns-off-1",),
        ),
        Capability(
            "metadata.hop-limit",
            _HOPS,
            "Find out that the hop limit of the metadata service may be too low, only where it can be the cause.",
            (
                "tests/diagnosis/checks/test_handshake_checks.py::"
                "test_the_hop_limit_is_suspect_only_where_it_may_be_the_cause",
            ),
            advice=("hop-limit",),
            nodes=("hop-limit-1",),
        ),
        Capability(
            "metadata.off",
            _HOPS,
            "Find out that the metadata service is off, so that the agent gets no credentials.",
            (
                "tests/diagnosis/checks/test_handshake_checks.py::"
                "test_a_metadata_service_that_is_off_fails_and_makes_the_limit_moot",
            ),
            nodes=("metadata-off-1",),
        ),
        Capability(
            "metadata.raise-it",
            _HOPS_FIX,
            "Give the command that raises the hop limit without a restart.",
            advice=("hop-limit",),
            nodes=("hop-limit-1",),
        ),
        Capability(
            "runbook.run",
            _RUNBOOK,
            "Start AWS's runbook for this node after a question, follow it, and stop it.",
            (
                "tests/tui/troubleshoot/test_troubleshoot_screen.py::"
                "test_the_automation_asks_runs_can_be_left_and_come_back_to",
                "tests/tui/troubleshoot/test_troubleshoot_screen.py::test_an_automation_can_be_stopped",
                "tests/engine/test_automation_runs.py::test_the_runbook_in_the_simulated_region",
            ),
            advice=("target-not-connected",),
        ),
        Capability(
            "runbook.result",
            _RUNBOOK,
            "Show what the runbook found, each requirement with its mark.",
            (
                "tests/diagnosis/test_runbook.py::test_the_final_list_keeps_its_order_and_its_marks",
                "tests/tui/troubleshoot/test_automation_lines.py::"
                "test_warnings_come_first_and_what_is_fine_is_one_line",
            ),
        ),
        Capability(
            "lost.no-blind-reboot",
            _RUNBOOK,
            "Offer a reboot last of all fixes.",
            ("tests/topics/test_texts.py::test_a_reboot_is_never_the_first_command_and_comes_after_every_other_fix",),
        ),
    ),
    nothing={_SUMMARY: "it repeats the three links and their fixes"},
)
