"""Real OpenSSH through the demo's EC2 Instance Connect Endpoint, and with a key that was pushed for the login."""

from __future__ import annotations

import getpass
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from smtui.aws.places import BotoPlaces
from smtui.demo.demo_ssh import ssh_options
from smtui.demo.far_end.node_sshd import find_sshd, make_ssh_folder
from smtui.demo.story.account_facts import made_up_id
from smtui.domain.place import Place
from smtui.ssh.ephemeral_key import ephemeral_key
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.waiting import wait_until

UNREACHABLE = made_up_id("i", "no-nat-1")
"""Systems Manager cannot reach it."""
WEB = "i-0a1b2c3d4e5f60718"
PROXY = f"{SMTUI} ssh-proxy --through endpoint %h %p"
pytestmark = pytest.mark.skipif(not find_sshd() or not shutil.which("ssh"), reason="no OpenSSH server and client here")


@pytest.fixture(autouse=True)
def nothing_is_left(world: World) -> Iterator[None]:
    make_ssh_folder(world.region.ssh_folder)
    yield
    wait_until(lambda: not world.processes("ssh-proxy"))
    assert world.active_sessions() == [], "a tunnel is no session"
    assert not list(world.home.glob("smtui-key-*"))


def run(world: World, *argv: str | Path, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        list(map(str, argv)), env=world.environment, input=sent, capture_output=True, check=False, timeout=120
    )


def ssh(world: World, *words: str | Path, sent: bytes = b"", proxy: str = PROXY) -> subprocess.CompletedProcess[bytes]:
    """ssh itself, with the demo's key."""
    options = ssh_options(world.region.ssh_folder)
    return run(world, "ssh", *options, "-o", f"ProxyCommand={proxy}", *words, sent=sent)


def smtui_ssh(world: World, *words: str) -> subprocess.CompletedProcess[bytes]:
    return run(world, SMTUI, "ssh", *words)


def of_demo(world: World) -> list[str]:
    return list(ssh_options(world.region.ssh_folder))


def without_key(world: World) -> list[str]:
    """The same options, so that no key of the demo gets in."""
    return ["IdentityFile=none" if word.startswith("IdentityFile") else word for word in of_demo(world)]


def test_login_exit_status_and_bytes(world: World, tmp_path: Path) -> None:
    sent, log = bytes(range(256)) * 4000, tmp_path / "log"
    done = ssh(world, UNREACHABLE, "cat; exit 7", sent=sent, proxy=f"{PROXY} --log-file {log}")
    assert (done.returncode, done.stderr) == (7, b"")
    assert done.stdout == sent
    assert "X-Amz-" not in log.read_text()


def test_smtui_ssh_through_an_endpoint(world: World) -> None:
    done = smtui_ssh(world, "--through", "endpoint", "no-nat-1", *of_demo(world), "exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"", b"")


def test_where_a_session_fails_the_endpoint_is_offered_and_not_taken(world: World) -> None:
    done = ssh(world, UNREACHABLE, "exit 0", proxy=f"{SMTUI} ssh-proxy %h %p")
    assert done.returncode == 255
    said = done.stderr.decode()
    assert f"{made_up_id('eice', 'no-nat-1')}, an EC2 Instance Connect Endpoint, leads to {UNREACHABLE}" in said
    assert f"To go that way: smtui ssh --through endpoint {UNREACHABLE}" in said
    assert world.region.faults.calls("ec2-instance-connect:OpenTunnel") == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((UNREACHABLE, "80"), "reaches only the ports 22 (SSH) and 3389 (RDP), not 80"),
        ((UNREACHABLE, "3389"), "cannot reach 10.103.1.10 on port 3389. AWS says: Unable to connect to target."),
        (("no-egress-1", "22"), "is create-failed"),
        (("vpc-dns-off-1", "22"), "There is no EC2 Instance Connect Endpoint in vpc-"),
        (("onprem-1", "22"), "works with EC2 instances only"),
        (("--read-only", UNREACHABLE, "22"), "smtui is read-only"),
    ],
)
def test_what_an_endpoint_cannot_do_is_told(world: World, words: tuple[str, ...], sentence: str) -> None:
    done = run(world, SMTUI, "ssh-proxy", "--through", "endpoint", *words)
    assert (done.returncode, done.stdout) == (1, b"")
    assert sentence in done.stderr.decode()


def test_a_denied_tunnel_names_the_permission(world: World) -> None:
    world.region.faults.apply({"deny": ["ec2-instance-connect:OpenTunnel"]})
    done = run(world, SMTUI, "ssh-proxy", "--through", "endpoint", UNREACHABLE, "22")
    assert done.returncode == 1
    assert "ec2-instance-connect:OpenTunnel on the endpoint" in done.stderr.decode()
    assert "smtui topics instance-connect" in done.stderr.decode()


def test_a_denied_look_for_endpoints_names_the_permission(world: World) -> None:
    world.region.faults.apply({"deny": ["ec2:DescribeInstanceConnectEndpoints"]})
    done = run(world, SMTUI, "ssh-proxy", "--through", "endpoint", UNREACHABLE, "22")
    assert done.returncode == 1
    assert "Ask for ec2:DescribeInstanceConnectEndpoints in your IAM policy" in done.stderr.decode()
    assert "smtui topics instance-connect" in done.stderr.decode()


def test_a_duration_without_an_endpoint_is_refused(world: World) -> None:
    done = smtui_ssh(world, "--max-duration", "60", "web-1", "exit 0")
    assert done.returncode == 2
    assert b"--max-duration goes with --through endpoint." in done.stderr


def test_a_limited_duration_ends_the_connection(world: World) -> None:
    done = smtui_ssh(world, "--max-duration", "2", "--through", "endpoint", UNREACHABLE, *of_demo(world), "sleep 60")
    assert done.returncode == 255
    assert "maximum tunnel duration" in done.stderr.decode()


@pytest.mark.parametrize("megabytes", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_scp_both_ways(world: World, tmp_path: Path, megabytes: int) -> None:
    here, back = tmp_path / "file", tmp_path / "back"
    here.write_bytes(random.Random(megabytes).randbytes(megabytes << 20))
    took = []
    for source, destination in ((here, f"{UNREACHABLE}:file"), (f"{UNREACHABLE}:file", back)):
        began = time.monotonic()
        done = run(world, "scp", "-q", *of_demo(world), "-o", f"ProxyCommand={PROXY}", source, destination)
        assert done.returncode == 0, done.stderr
        took.append(megabytes / (time.monotonic() - began))
    assert sha256(back.read_bytes()).digest() == sha256(here.read_bytes()).digest()
    print(f"\nup {took[0]:.1f}, down {took[1]:.1f} MB/s")


def test_the_tunnel_ends_with_a_killed_ssh(world: World) -> None:
    argv = ["ssh", *of_demo(world), "-o", f"ProxyCommand={PROXY}", UNREACHABLE, "echo in; cat"]
    with subprocess.Popen(argv, env=world.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        process.kill()
        wait_until(lambda: not world.processes("ssh-proxy"))


def test_a_pushed_key_gets_in(world: World) -> None:
    """And none but it: without the push, the same key is refused."""
    region = world.region
    places = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
    with ephemeral_key(world.home) as pair:
        key = str(pair.private_file)
        login = [*without_key(world), "-o", f"ProxyCommand={PROXY}", "-i", key, UNREACHABLE, "exit 5"]
        assert b"Permission denied" in run(world, "ssh", *login).stderr
        places.instance_connect_at(Place()).push_key(UNREACHABLE, getpass.getuser(), pair.public)
        done = run(world, "ssh", *login)
        assert done.returncode == 5, done.stderr


@pytest.mark.parametrize("way", [(), ("--through", "endpoint")])
def test_smtui_ssh_pushes_a_key(world: World, way: tuple[str, ...]) -> None:
    user = getpass.getuser()
    done = smtui_ssh(world, "--push-key", *way, f"{user}@{WEB}", *without_key(world), "exit 6")
    assert (done.returncode, done.stderr) == (6, b"")


def test_a_denied_push_goes_on_with_the_users_own_keys(world: World) -> None:
    world.region.faults.apply({"deny": ["ec2-instance-connect:SendSSHPublicKey"]})
    done = smtui_ssh(world, "--push-key", f"{getpass.getuser()}@{WEB}", *of_demo(world), "exit 6")
    said = done.stderr.decode()
    assert done.returncode == 6
    assert "Ask for ec2-instance-connect:SendSSHPublicKey in your IAM policy" in said
    assert "ssh goes on with your own keys." in said
