"""What stands out in the list of nodes: what can be entered, and the cursor's row."""

from __future__ import annotations

from textual.color import Color

from tests.tui.world import World, looked_at, nodes_screen

STATUS = 2
"""The segment of a line with the mark of its status; before it come the cursor's mark and the row's own."""


async def test_what_can_be_entered_is_bright_and_nothing_is_bold_or_red() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await looked_at(pilot, world)
        await pilot.press("down")
        await pilot.pause()
        text, muted, good, warn, bad = (
            Color.parse(app.theme_variables[role]).rich_color
            for role in ("foreground", "muted", "success", "warning", "error")
        )
        table = nodes_screen(app).table
        lines = [list(strip) for strip in table.render_lines(table.size.region)[1:40]]
        looks = {
            segment.text.strip(): (segment.style.color, style.color if (style := line[STATUS].style) else None)
            for line in lines
            for segment in line
            if segment.style
        }
        assert looks["db-1"] == (text, good)
        assert looks["web-old"] == (text, warn)
        assert looks["web-lost"] == (muted, warn)
        assert looks["web-stopped"] == looks["web-new"] == (muted, muted)
        styles = [segment.style for line in lines for segment in line if segment.style]
        assert not [style for style in styles if style.bold or style.color == bad]
        assert {segment.style.color for segment in lines[1] if segment.style and segment.text.strip()} == {
            Color.parse(app.theme_variables["primary"]).rich_color,
            good,
            text,
        }
