"""The commands for this very system, in the order in which they are run; nothing is installed unverified."""

from __future__ import annotations

import pytest

from smtui.domain.shellquote import Shell
from smtui.topics.machines import Machines, Package, System
from smtui.topics.plugin_steps import install_block, plugin_steps

DEB = Machines(here=System.LINUX, architecture="x86_64", package=Package.DEB)
RPM = Machines(here=System.LINUX, architecture="arm64", package=Package.RPM)
MAC = Machines(here=System.MACOS, architecture="arm64")
WINDOWS = Machines(shell=Shell.POWERSHELL, here=System.WINDOWS, architecture="x86_64")


@pytest.mark.parametrize(
    ("machines", "in_order"),
    [
        (DEB, ["ubuntu_64bit/session-manager-plugin.deb ", ".deb.sig ", "gpg --import", "gpg --fingerprint",
               "gpg --verify session-manager-plugin.deb.sig", "sudo dpkg -i"]),
        (RPM, ["linux_arm64/session-manager-plugin.rpm ", ".rpm.sig ", "gpg --import", "gpg --fingerprint",
               "gpg --verify session-manager-plugin.rpm.sig", "sudo yum install -y ./session-manager-plugin.rpm"]),
        (MAC, ["mac_arm64/session-manager-plugin.pkg ", "pkgutil --check-signature", "sudo installer", "ln -s"]),
    ],
    ids=["deb", "rpm", "macos"],
)  # fmt: skip
def test_one_text_to_paste_stops_where_a_signature_is_not_good(machines: Machines, in_order: list[str]) -> None:
    block = install_block(machines)
    places = [block.index(words) for words in in_order]
    assert places == sorted(places)
    *all_but_last, last = block.splitlines()
    assert all(line.endswith(" &&") for line in all_but_last)
    assert not last.endswith("&&")


def test_powershell_runs_the_installer_after_its_signature_was_shown() -> None:
    lines = install_block(WINDOWS).splitlines()
    assert [line.split()[0] for line in lines] == ["Invoke-WebRequest", "Get-AuthenticodeSignature", "Start-Process"]


@pytest.mark.parametrize("package", [Package.DEB, Package.RPM])
def test_packages_that_aws_does_not_sign_have_no_signature_to_verify(package: Package) -> None:
    block = install_block(Machines(here=System.LINUX, architecture="x86", package=package))
    assert "32bit" in block
    assert "gpg" not in block
    assert ".sig" not in block


@pytest.mark.parametrize("machines", [DEB, RPM, MAC])
def test_each_system_can_be_rid_of_it_again(machines: Machines) -> None:
    titles = [part.title for part in plugin_steps(machines)]
    assert titles[-1] == "Uninstall it"
    assert ("Or with Homebrew, which verifies what it downloads" in titles) == (machines is MAC)


def test_commands_of_another_architecture_are_left_out() -> None:
    assert "arm64" not in install_block(DEB)
    assert "64bit" not in install_block(RPM)
    assert "latest/mac/" not in install_block(MAC)


@pytest.mark.parametrize(
    "machines",
    [
        Machines(),
        Machines(here=System.LINUX, architecture="x86_64"),
        Machines(here=System.LINUX, package=Package.DEB),
        Machines(here=System.MACOS),
    ],
)
def test_a_machine_that_is_not_known_gets_no_commands(machines: Machines) -> None:
    assert plugin_steps(machines) == ()
    assert install_block(machines) == ""
