"""The key for one login: its form, its file and folder, and that nothing of it is left."""

from __future__ import annotations

import os
import re
import stat
import time
from pathlib import Path

import pytest
from botocore.loaders import Loader
from cryptography.hazmat.primitives.serialization import load_ssh_private_key, load_ssh_public_key
from hypothesis import given
from hypothesis import strategies as st

from smtui.ssh.ephemeral_key import ephemeral_key, user_complaint

PATTERN = Loader().load_service_model("ec2-instance-connect", "service-2")["shapes"]["InstanceOSUser"]["pattern"]


def test_both_halves_are_openssh_keys_that_belong_together(tmp_path: Path) -> None:
    with ephemeral_key(tmp_path) as pair:
        private = load_ssh_private_key(pair.private_file.read_bytes(), None)
        assert pair.public.startswith("ssh-ed25519 ")
        assert 80 <= len(pair.public) <= 4096
        assert private.public_key() == load_ssh_public_key(pair.public.encode())


def test_no_two_keys_are_the_same(tmp_path: Path) -> None:
    with ephemeral_key(tmp_path) as one, ephemeral_key(tmp_path) as other:
        assert one.public != other.public
        assert one.private_file != other.private_file


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with ephemeral_key(tmp_path) as pair:
            assert stat.S_IMODE(pair.private_file.stat().st_mode) == 0o600
            assert stat.S_IMODE(pair.private_file.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_nothing_is_left_whatever_happens(tmp_path: Path) -> None:
    with ephemeral_key(tmp_path) as pair:
        assert pair.private_file.exists()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), ephemeral_key(tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_smtui_left_goes_with_the_next_key(tmp_path: Path) -> None:
    old, young, other = (tmp_path / name for name in ("smtui-key-old", "smtui-key-young", "another-folder"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "id_ed25519").write_text("secret")
    long_ago = time.time() - 3600
    for folder in (old, other):
        os.utime(folder, (long_ago, long_ago))
    linked = tmp_path / "smtui-key-linked"
    linked.symlink_to(other)
    with ephemeral_key(tmp_path):
        assert not old.exists()
        assert young.exists()
        assert (other / "id_ed25519").read_text() == "secret"


@given(st.one_of(st.from_regex(re.compile(PATTERN), fullmatch=True), st.text(max_size=40)))
def test_a_user_is_refused_exactly_where_aws_refuses_it(user: str) -> None:
    accepted = 1 <= len(user) <= 32 and re.search(PATTERN, user) is not None and not user.endswith("\n")
    assert (user_complaint(user) == "") == accepted


@pytest.mark.parametrize("user", ["ec2-user", "ubuntu", "svc$", "a.b@corp", "1st"])
def test_usual_users_are_accepted(user: str) -> None:
    assert user_complaint(user) == ""


@pytest.mark.parametrize("user", ["", "-oProxyCommand=x", "a b", "123", "root;id", "x" * 33])
def test_others_are_refused_with_a_sentence(user: str) -> None:
    assert user_complaint(user).endswith(".")
