from __future__ import annotations

import os
import re
import select
import signal
import sys
import termios
from pathlib import Path

import pytest

from smtui.domain.outcome import PluginWord
from smtui.plugin import relay
from smtui.plugin.handoff import Patience, start
from tests.plugin.desk import PATIENT, QUICK, Desk, Seat, children, desk, open_files, python, shell
from tests.waiting import let_time_pass, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")

UNHURRIED = Patience(stopping=PATIENT)
RAW = "import os,sys,termios,tty; tty.setraw(0, termios.TCSANOW); os.write(1, b'ready:');"
ECHO_HEX = RAW + "\nwhile (b := os.read(0, 100)) != b'q': os.write(1, b.hex().encode() + b' ')"
FAREWELL = r"printf '\n\nExiting session with sessionId: u-1.\n\n';"
BANNER = "printf '\\nStarting session with SessionId: u-1\\n';"


def test_output_and_status_come_through() -> None:
    with desk() as at:
        run = Seat(at, shell("echo hello; exit 3")).run()
        assert at.shown == b"hello\r\n"
        assert (run.exit_status, run.signal, run.tail, run.spoke) == (3, None, "hello\n", True)
        assert (run.left, run.stopped, run.hung_up, run.error) == (False, False, False, "")


def test_keys_of_the_terminal_arrive_as_bytes() -> None:
    with desk() as at:
        seat = Seat(at, python(ECHO_HEX))
        at.wait_for(b"ready:")
        keys = b"\x03\x1a\x1c\x11\x13\x16\x04\r\n\x7fa\xc3\xa9"
        at.type(keys)
        at.wait_for(re.escape(b" ".join(b"%02x" % key for key in keys)).replace(rb"\ ", b" ?"))
        at.type(b"q")
        assert seat.run().exit_status == 0


def test_a_line_oriented_plugin_gets_signals_from_the_keys() -> None:
    code = """
import os, signal
signal.signal(signal.SIGINT, lambda *_: os.write(1, b'INT '))
signal.signal(signal.SIGTSTP, lambda *_: os.write(1, b'TSTP '))
signal.signal(signal.SIGQUIT, lambda *_: os._exit(7))
os.write(1, b'ready:')
while True: signal.pause()
"""
    with desk() as at:
        seat = Seat(at, python(code))
        at.wait_for(b"ready:")
        at.type(b"\x03")
        at.wait_for(b"INT ")
        at.type(b"\x1a")
        at.wait_for(b"TSTP ")
        at.type(b"\x1c")
        assert seat.run().exit_status == 7


def test_utf8_is_not_harmed_where_chunks_meet() -> None:
    text = "aé漢🙂" * 20000
    code = f"import os\nrest = {text[:4]!r}.encode() * 20000\nwhile rest: rest = rest[os.write(1, rest[:4097]):]"
    with desk() as at:
        run = Seat(at, python(code)).run()
        assert at.shown.decode() == text
        assert run.tail.endswith("🙂")


def test_twenty_megabytes_arrive_complete_and_in_order() -> None:
    code = RAW + "\nfor n in range(200): os.write(1, b''.join(b'%06d....' % (n * 10000 + i) for i in range(10000)))"
    with desk() as at:
        run = Seat(at, python(code.replace("os.write(1, b''", "sys.stdout.buffer.write(b''"))).run()
        assert run.exit_status == 0
        assert at.shown == b"ready:" + b"".join(b"%06d...." % n for n in range(2_000_000))


def test_the_last_words_are_never_lost() -> None:
    for _ in range(30):
        with desk() as at:
            Seat(at, shell("printf %05000d 1; printf END")).run()
            assert len(at.shown) == 5003


def test_the_childs_terminal_is_like_the_users() -> None:
    with desk() as at:
        modes = at.modes()
        modes[0] &= ~termios.IXON
        modes[6][termios.VERASE] = b"\x08"
        termios.tcsetattr(at.slave, termios.TCSANOW, modes)
        at.resize(33, 101)
        Seat(at, shell("stty -a; tty; ps -o sid=,pgid=,tpgid= -p $$; echo $$")).run()
        assert b"rows 33; columns 101" in at.shown
        assert b"-ixon" in at.shown
        assert b"erase = ^H" in at.shown
        assert b" icanon " in at.shown
        assert b" echo " in at.shown
        *_, ids, pid = bytes(at.shown).split(b"\r\n")[:-1]
        assert set(ids.split()) == {pid}, "it leads its session, and its terminal's foreground"


def test_the_size_is_right_from_the_start(tmp_path: Path) -> None:
    with desk() as at:
        at.resize(33, 101)
        running = start(shell(f"stty size > {tmp_path}/size; kill -9 $$"), "x", streams=(at.slave,) * 3)
        size = tmp_path / "size"
        wait_until(lambda: not children() or (size.exists() and size.read_text()))
        assert size.read_text() == "33 101\n"
        running.abandon()


def test_a_raw_screen_still_gives_the_child_an_ordinary_terminal() -> None:
    with desk() as at:
        modes = at.modes()
        modes[0] &= ~(termios.ICRNL | termios.IXON)
        modes[1] &= ~termios.OPOST
        modes[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        modes[6][termios.VMIN] = b"\x00"
        termios.tcsetattr(at.slave, termios.TCSANOW, modes)
        before = at.modes()
        Seat(at, shell("stty -a")).run()
        for word in (b" icanon ", b" isig ", b" echo ", b" icrnl ", b" onlcr ", b"min = 1"):
            assert word in at.shown.replace(b";", b" ").replace(b"\r\n", b" ")
        assert at.modes() == before


def test_every_signal_of_the_child_is_at_its_default() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with desk() as at:
            Seat(at, shell("exec cat /proc/self/status")).run()
    finally:
        signal.signal(signal.SIGINT, before)
    masks = [int(mask, 16) for mask in re.findall(rb"Sig(?:Blk|Ign|Cgt):\s*(\w+)", at.shown)]
    assert [mask & 0x7FFFFFFF for mask in masks] == [0, 0, 0], "32 and 33 are the C library's own"


def test_none_of_our_files_is_inherited() -> None:
    # What the shell that runs the tests has left inheritable is not ours; it may have any number.
    inheritable = {(fd, file) for fd, file in open_files().items() if os.get_inheritable(int(fd))}
    with desk() as at:
        Seat(at, shell("for f in /proc/$$/fd/*; do printf '%s ' ${f##*/}; readlink $f; done")).run()
        listed = (line.split(" ", 1) for line in bytes(at.shown).decode().splitlines())
        theirs = {fd: file for fd, file in listed if file}  # the listing's own descriptor is closed by now
        assert len({theirs.pop(fd) for fd in "012"}) == 1, "all three are the pty"
        assert set(theirs.items()) <= inheritable


def test_a_new_size_is_seen_without_a_key() -> None:
    code = """
import os, signal, termios
def tell(*_): os.write(1, b'%dx%d;' % termios.tcgetwinsize(0))
signal.signal(signal.SIGWINCH, tell)
os.write(1, b'ready:')
while True: signal.pause()
"""
    with desk() as at:
        seat = Seat(at, python(code))
        at.wait_for(b"ready:")
        at.resize(50, 132)
        seat.running.resized()
        at.wait_for(b"50x132;")
        seat.running.stop()
        assert seat.run().stopped


def test_a_new_size_is_there_before_the_key_that_follows_it() -> None:
    """Nobody has told the relay of it yet: the key may be faster than the signal."""
    tell = "os.write(1, b'%dx%d;' % termios.tcgetwinsize(0))"
    with desk() as at:
        seat = Seat(at, python(f"{RAW}\nwhile os.read(0, 1) != b'q': {tell}"))
        at.wait_for(b"ready:")
        at.resize(50, 132)
        at.type(b"x")
        at.wait_for(b";")
        assert b"50x132;" in at.shown
        at.type(b"q")
        assert seat.run().exit_status == 0


def test_a_stopped_and_continued_smtui_claims_the_terminal_again() -> None:
    with desk() as at:
        cooked = at.modes()
        seat = Seat(at, python(ECHO_HEX))
        at.wait_for(b"ready:")
        termios.tcsetattr(at.slave, termios.TCSANOW, cooked)
        seat.running.resized()
        at.wait_until_raw()
        at.type(b"q")
        seat.run()
        assert at.modes() == cooked


def test_the_output_before_attaching_is_kept() -> None:
    with desk() as at:
        running = start(shell("echo early; exit 0"), "x", streams=(at.slave,) * 3)
        wait_until(lambda: select.select([running._pty.master], [], [], 0)[0])  # type: ignore[attr-defined]
        run = running.attach()
        assert at.read_all() == b"early\r\n"
        assert run.exit_status == 0


# Every ending leaves the terminal as it was.


LEFT = {
    b"\x1b[?1049h": b"\x1b[?1049l",
    b"\x1b[?1003;2004h": b"\x1b[?1003l",
    b"\x1b[?9001h": b"\x1b[?9001l",
    b"\x1b[?1007h": b"\x1b[?1007l",
    b"\x1b[?45h": b"\x1b[?45l",
    b"\x1b[?69h\x1b[5;40s": b"\x1b[?69l",
    b"\xc2\x9b?1002h": b"\x1b[?1002l",
    b"\x9b?1006h": b"\x1b[?1006l",
    b"\x1b[?25l": b"\x1b[?25h",
    b"\x1b[31m": b"\x1b[0m",
    b"\x1b[>5u": b"\x1b[<1u",
    b"\x1b[3g\x1bH": b"\x1b[?5W",
    b"\x1b]4;1;#123456\x07": b"\x1b]104\x1b\\",
    b"\x1b]10;red;blue\x07": b"\x1b]110\x1b\\\x1b]111\x1b\\",
    b"\x1b]12;red\x1b\\": b"\x1b]112\x1b\\",
    b"\x1b]8;;http://x\x1b\\": b"\x1b]8;;\x1b\\",
    b"\x1b]0;title\x07": b"\x1b[23;0t",
}
"""What a program leaves behind, and what must be among the bytes that undo it."""


def _endings() -> dict[str, tuple[str, str]]:
    leave_raw = RAW + f"\nos.write(1, {b''.join(LEFT)!r}); os.write(1, b'up')\n"
    return {
        "exits": (leave_raw + "os._exit(0)", ""),
        "is killed": (leave_raw + "import signal\nwhile True: signal.pause()", "kill"),
        "is stopped": (leave_raw + "import signal\nwhile True: signal.pause()", "stop"),
        "is deaf": (
            "import signal\nfor s in (1, 2, 15): signal.signal(s, signal.SIG_IGN)\n"
            + leave_raw
            + "while True: signal.pause()",
            "stop",
        ),
        "closes its terminal": (leave_raw + "os.closerange(0, 3)\nimport signal\nwhile True: signal.pause()", ""),
    }


@pytest.mark.parametrize("ending", _endings())
def test_the_terminal_is_sane_after_a_plugin_that(ending: str) -> None:
    code, action = _endings()[ending]
    with desk() as at:
        before, files = at.modes(), open_files()
        seat = Seat(at, python(code))
        at.wait_for(b"up")
        if action == "kill":
            os.kill(children()[-1], signal.SIGKILL)
        elif action == "stop":
            seat.running.stop()
        run = seat.run()
        assert at.modes() == before
        assert open_files() == files
        assert children() == []
        shown, _, undone = at.shown.partition(b"up")
        assert b"\x1b[22;0t\x1b]0;title" in shown
        assert [undo for undo in (*LEFT.values(), b"\x1b[!p") if undo not in undone] == []
        expected = {"exits": None, "is killed": 9, "is stopped": 15, "is deaf": 9, "closes its terminal": 9}
        assert run.signal == expected[ending]
        assert run.stopped == (action == "stop")


def test_nothing_is_undone_that_was_not_left() -> None:
    with desk() as at:
        used = r"printf '\033[?1049h\033[?25l\033[1mvi\033[m\033[?25h\033[?1049l';"
        Seat(at, shell(used + FAREWELL)).run()
        assert at.shown.endswith(b"\x1b[?25h\x1b[?1049l\r\n\r\nExiting session with sessionId: u-1.\r\n\r\n")


def test_a_session_that_did_not_end_by_itself_is_followed_by_a_soft_reset() -> None:
    for ending in ("exit 0", "kill -9 $$", "printf '\nSession: u-1 timed out.\n'"):
        with desk() as at:
            Seat(at, shell(f"printf '\\033[m$ '; {ending}")).run()
            assert at.shown.endswith(b"\x1b[!p\x1b[?7h"), ending
    with desk() as at:
        bye = f"bye() {{ {FAREWELL} exit; }}; trap bye TERM;"
        seat = Seat(at, shell(f"{bye} printf '\\033[m$ '; while :; do sleep 0.01; done"), UNHURRIED)
        at.wait_for(b"[$] ")
        seat.running.stop()
        assert seat.run().words.word is PluginWord.EXITED
        assert at.shown.endswith(b"\x1b[!p\x1b[?7h"), "the plugin ended, not the remote's programs"


def test_a_closed_terminal_ends_the_plugin() -> None:
    at = Desk()
    seat = Seat(at, python(ECHO_HEX))
    at.wait_for(b"ready:")
    os.close(at.master)
    run = seat.run_unread()
    os.close(at.slave)
    assert run.hung_up
    assert run.signal is not None
    assert children() == []


def test_a_plugin_that_was_never_attached_can_be_abandoned(tmp_path: Path) -> None:
    with desk() as at:
        files = open_files()
        deaf = tmp_path / "deaf"
        code = f"trap '' TERM HUP; : > {deaf}; sleep 100"
        running = start(shell(code), "x", patience=QUICK, streams=(at.slave,) * 3)
        wait_until(deaf.exists)
        run = running.abandon()
        assert run.stopped
        assert run.signal == 9
        assert children() == []
        assert open_files() == files
        running.stop()
        running.resized()


def test_a_stop_before_attaching_counts() -> None:
    with desk() as at:
        running = start(shell("sleep 100"), "x", patience=QUICK, streams=(at.slave,) * 3)
        running.stop()
        run = running.attach()
        assert run.stopped
        assert run.signal == 15


# Waiting for the first word.


def test_a_mute_plugin_is_reported_and_can_be_left() -> None:
    patience = Patience(word=0.3, leaving=0.2, stopping=0.3, draining=0.3)
    with desk() as at:
        seat = Seat(at, shell(f"trap '' INT; {BANNER} exec sleep 100"), patience, label="web\x1b[31m-1")
        at.wait_for(b"smtui: no answer from web\xe2\x90\x9b\\[31m-1 for 0 s. Still waiting; Ctrl-C leaves.\r\n")
        at.type(b"\x03")
        run = seat.run()
        assert run.left
        assert not run.spoke
        assert run.words.word is PluginWord.BANNER
        assert run.signal == 9, "it ignored the interrupt"


def test_ctrl_c_before_the_warning_leaves_at_once() -> None:
    with desk() as at:
        seat = Seat(at, shell(f"{BANNER} exec sleep 100"))
        at.wait_for(b"SessionId: u-1\r\n")
        at.type(b"typed ahead\r\x03")
        run = seat.run()
        assert run.left
        assert run.signal == signal.SIGINT, "it could end in its own way"
        assert b"Still waiting" not in at.shown


def test_ctrl_c_is_the_remotes_once_it_has_spoken() -> None:
    with desk() as at:
        seat = Seat(at, shell(f"trap 'echo caught; exit 5' INT; {BANNER} echo prompt; while :; do sleep 0.05; done"))
        at.wait_for(b"prompt")
        at.type(b"\x03")
        run = seat.run()
        assert b"caught" in at.shown
        assert (run.left, run.spoke, run.exit_status) == (False, True, 5)


def test_the_warning_never_comes_after_the_first_word() -> None:
    patience = Patience(word=0.2, leaving=0.2, stopping=0.3, draining=0.3)
    with desk() as at:
        Seat(at, shell(f"{BANNER} echo prompt; sleep 0.6"), patience).run()
        assert b"Still waiting" not in at.shown


# A terminal that shows nothing more.


def test_a_blocked_terminal_lets_keys_through() -> None:
    code = (
        RAW
        + """
import signal, threading
def flood():
    while True: os.write(1, b'x' * 4096)
threading.Thread(target=flood, daemon=True).start()
while b'\\x03' not in os.read(0, 100): pass
os._exit(9)
"""
    )
    with desk() as at:
        before = at.modes()
        seat = Seat(at, python(code))
        at.wait_for(b"ready:x")
        wait_until(lambda: len(seat.running._relay._to_user) >= relay._MOST_SHOWN_LATER)  # type: ignore[attr-defined]
        let_time_pass(0.1)
        assert len(seat.running._relay._to_user) < 200_000, "nor is the flood kept"  # type: ignore[attr-defined]
        at.type(b"\x03")
        run = seat.run_unread()
        assert run.exit_status == 9
        assert at.modes() == before


def test_a_blocked_terminal_lets_a_waiting_user_leave() -> None:
    with desk() as at:
        seat = Seat(at, shell(f"trap '' INT; {BANNER} exec sleep 100"))
        at.wait_until_raw()
        at.type(b"\x03")
        run = seat.run_unread()
        assert run.left


def test_many_keys_that_the_plugin_does_not_read_do_not_stop_the_output() -> None:
    code = RAW + "\nimport time; time.sleep(0.5); os.write(1, b'still here'); os._exit(0)"
    with desk() as at:
        seat = Seat(at, python(code))
        at.wait_for(b"ready:")
        os.set_blocking(at.master, False)
        for _ in range(200):
            try:
                at.type(b"k" * 1000)
            except BlockingIOError:
                at.read(0.001)
        os.set_blocking(at.master, True)
        assert seat.run().exit_status == 0
        assert b"still here" in at.shown


def test_python_hands_over_between_threads_more_often_meanwhile() -> None:
    code = RAW + "\nwhile (b := os.read(0, 100)) != b'q': os.write(1, b)"
    before = sys.getswitchinterval()
    with desk() as at:
        seat = Seat(at, python(code))
        at.wait_for(b"ready:")
        assert sys.getswitchinterval() == pytest.approx(0.0005)
        at.type(b"q")
        seat.run()
    assert sys.getswitchinterval() == before


def test_the_users_file_description_is_left_blocking() -> None:
    with desk() as at:
        seat = Seat(at, python(ECHO_HEX))
        at.wait_for(b"ready:")
        assert os.get_blocking(at.slave)
        at.type(b"q")
        seat.run()


@pytest.mark.parametrize("missing", ["posix_spawn with setsid", "pidfd", "reopening the terminal"])
def test_systems_that_lack_something_do_as_well(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "pidfd":
        monkeypatch.delattr(os, "pidfd_open")
    elif missing == "reopening the terminal":
        monkeypatch.setattr("smtui.user_terminal._names", lambda fd: iter(()))
    else:
        real = os.posix_spawn

        def without_setsid(*arguments: object, setsid: bool = False, **options: object) -> int:
            if setsid:
                raise NotImplementedError
            return real(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "posix_spawn", without_setsid)
    code = RAW + "\nwhile (b := os.read(0, 100)) != b'q': os.write(1, b * 3000)\nopen('/dev/tty').close()\nos._exit(6)"
    with desk() as at:
        before = at.modes()
        seat = Seat(at, python(code))
        at.wait_for(b"ready:")
        at.type(b"z")
        at.wait_for(b"z{3000}")
        at.type(b"q")
        assert seat.run().exit_status == 6
        assert at.modes() == before
        assert children() == []
