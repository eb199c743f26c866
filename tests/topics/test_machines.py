"""Which packages a distribution installs."""

from __future__ import annotations

import pytest

from smtui.topics.machines import Package, package_kind

KNOWN = {
    "Debian": ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', Package.DEB),
    "Ubuntu": ("NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian\n", Package.DEB),
    "Mint": ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', Package.DEB),
    "Amazon Linux 2023": ('NAME="Amazon Linux"\nID="amzn"\nID_LIKE="fedora"\n', Package.RPM),
    "Red Hat": ('ID="rhel"\nID_LIKE="fedora"\n', Package.RPM),
    "Oracle Linux": ('ID="ol"\nID_LIKE="fedora"\n', Package.RPM),
    "openSUSE": ("ID='opensuse-leap'\nID_LIKE='suse opensuse'\n", Package.RPM),
    "a relative alone": ('ID=whatever\nID_LIKE="rhel fedora"\n', Package.RPM),
    "Alpine": ("ID=alpine\n", Package.ANY),
    "Arch": ("ID=arch\n", Package.ANY),
    "a comment": ("# ID=debian\n", Package.ANY),
    "an open quote": ('ID="debian\nID_LIKE=debian\n', Package.DEB),
    "no assignment": ("debian\n\n", Package.ANY),
    "empty": ("", Package.ANY),
}


@pytest.mark.parametrize(("os_release", "package"), KNOWN.values(), ids=KNOWN)
def test_the_package_of_a_distribution(os_release: str, package: Package) -> None:
    assert package_kind(os_release) is package
