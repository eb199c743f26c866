"""The level in seelog.xml is changed, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.plugin_facts.seelog import SeelogNotUnderstood, level_of, log_file_of, with_level

TEMPLATE = """<!-- <seelog type="adaptive" minlevel="trace"> is an example -->
<seelog type="adaptive" mininterval="2000000" maxinterval="100000000" critmsgcount="500" minlevel="off">
    <exceptions>
        <exception filepattern="test*" minlevel="error"/>
    </exceptions>
    <outputs formatid="fmtinfo">
        <console formatid="fmtinfo"/>
        <!-- <rollingfile filename="/old/session-manager-plugin.log"/> -->
        <rollingfile type="size" filename="/var/log/ssm/session-manager-plugin.log" maxsize="30000000" maxrolls="5"/>
        <filter levels="error,critical" formatid="fmterror">
            <rollingfile type="size" filename="/var/log/ssm/errors.log" maxsize="10000000" maxrolls="5"/>
        </filter>
    </outputs>
</seelog>
"""


def test_only_the_level_of_the_root_changes() -> None:
    assert with_level(TEMPLATE, "debug") == TEMPLATE.replace('minlevel="off"', 'minlevel="debug"')
    assert level_of(TEMPLATE) == "off"
    assert level_of(with_level(TEMPLATE, "debug")) == "debug"
    assert with_level(with_level(TEMPLATE, "debug"), "off") == TEMPLATE


def test_the_quotes_stay() -> None:
    assert with_level("<seelog minlevel = 'info'/>", "debug") == "<seelog minlevel = 'debug'/>"


@pytest.mark.parametrize("text", ["", "<other minlevel='off'/>", "<seelog>", '<!-- <seelog minlevel="off"> -->'])
def test_what_has_no_level_is_refused(text: str) -> None:
    assert level_of(text) == ""
    with pytest.raises(SeelogNotUnderstood):
        with_level(text, "debug")


def test_the_log_is_where_the_configuration_says() -> None:
    assert log_file_of(TEMPLATE) == "/var/log/ssm/session-manager-plugin.log"
    assert log_file_of("<seelog minlevel='off'/>") == ""


@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_the_rest_of_the_file_stays_whatever_it_is(before: str, after: str) -> None:
    text = f'{before.replace("<", "")}<seelog minlevel="off">{after}'
    assert with_level(text, "debug") == text.replace('<seelog minlevel="off">', '<seelog minlevel="debug">', 1)
