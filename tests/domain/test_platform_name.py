"""Platforms in the form that people say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.platform_name import short_platform


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Amazon Linux 2023", "Amazon Linux 2023"),
        ("Amazon Linux 2", "Amazon Linux 2"),
        ("Amazon Linux AMI 2018.03", "Amazon Linux 2018.03"),
        ("Microsoft Windows Server 2022 Datacenter 10.0.20348", "Windows Server 2022"),
        ("Microsoft Windows Server 2012 R2 Standard 6.3.9600", "Windows Server 2012 R2"),
        ("Microsoft Windows 10 Enterprise 10.0.19045", "Windows 10"),
        ("Windows with SQL Server Standard", "Windows"),
        ("Windows", "Windows"),
        ("Red Hat Enterprise Linux 9.4", "RHEL 9.4"),
        ("Red Hat Enterprise Linux Server 7.9", "RHEL 7.9"),
        ("Red Hat Enterprise Linux with HA", "RHEL"),
        ("Debian GNU/Linux 12", "Debian 12"),
        ("Ubuntu 22.04", "Ubuntu 22.04"),
        ("Ubuntu 18.04.6 LTS", "Ubuntu 18.04"),
        ("CentOS Linux 7.9.2009", "CentOS 7.9"),
        ("CentOS Stream 9", "CentOS Stream 9"),
        ("SUSE Linux Enterprise Server 15.5", "SLES 15.5"),
        ("SLES 15.5", "SLES 15.5"),
        ("Oracle Linux Server 8.9", "Oracle Linux 8.9"),
        ("Rocky Linux 9.3", "Rocky Linux 9.3"),
        ("Bottlerocket OS 1.19.2 (aws-k8s-1.28)", "Bottlerocket 1.19"),
        ("macOS 14.4.1", "macOS 14.4"),
        ("Linux/UNIX", "Linux"),
        ("Linux", "Linux"),
        ("Plan 9", "Plan 9"),
        ("WindowsLike 3", "WindowsLike 3"),
        ("", ""),
    ],
)
def test_the_form_that_people_say(name: str, short: str) -> None:
    assert short_platform(name) == short


@given(st.text(max_size=60))
def test_a_short_form_is_never_longer_nor_lost(name: str) -> None:
    short = short_platform(name)
    assert len(short) <= len(name)
    assert bool(short) == bool(name)
