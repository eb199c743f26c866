"""Starts a session with any document (`d`): documents on the left, the chosen one's form on the right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from smtui.domain.document import DEFAULT_DOCUMENT, BrokenDocument, SessionDocument, document_needs
from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.forward import NotAForward
from smtui.domain.request import READ_ONLY, SessionRequest, reason_complaint
from smtui.domain.shellquote import Unquotable
from smtui.domain.text import harmless
from smtui.domain.version import Version
from smtui.engine.document_library import DocumentList
from smtui.topics.next_step import after_fault
from smtui.tui.documents.document_form import (
    CHOICE,
    CHOICE_FIELDS,
    DOCUMENT_COLUMNS,
    DocumentTexts,
    Read,
    can_start,
    choice_of,
    count_words,
    document_row,
    facts_of,
    matching,
    note_of,
    placeholder_of,
    takes_choice,
    user_words,
)
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.hanging import HangingCommand, HangingText
from smtui.tui.parts.row_table import RowTable
from smtui.tui.parts.working import SignInHelps
from smtui.tunnels.supervisor import TunnelRefused

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

REASON = "\N{PILCROW SIGN}reason"
"""The name of the reason's field; no parameter can have this name."""
_MOST_READ = 60
"""How many documents are read for the list; the others are read when they are chosen."""


@dataclass(frozen=True, slots=True)
class DocumentWish:
    """A session to start in the terminal."""

    request: SessionRequest
    document: SessionDocument


class DocumentFilter(Input, inherit_bindings=False):
    """The field that filters the documents; `enter` is left to the form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"
    ]


class DocumentScreen(SignInHelps, FormSheet[DocumentWish | None]):
    """Dismissed with the session to start, or None. A document of the type Port becomes a tunnel at once."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("documents.tcss")]
    AUTO_FOCUS = "DocumentFilter"

    filter = getters.query_one(DocumentFilter)
    table = getters.query_one(RowTable)
    about = getters.query_one("#about", Static)
    form = getters.query_one("#form", VerticalScroll)
    preview = getters.query_one("#preview", HangingCommand)
    user = getters.query_one("#user > HangingText", HangingText)

    def __init__(self, launcher: Launcher, desk: Desk, node: Node) -> None:
        super().__init__(
            f"Start a session on {node.name or node.node_id}", node.node_id if node.name else "", node.place_label
        )
        self._launcher = launcher
        self._library = launcher.documents
        self._desk = desk
        self._node = node
        self._agent = Version.parse(node.agent_version)
        self._on_windows = node.ssm is not None and node.ssm.platform_type == "Windows"
        self._list = DocumentList()
        self._read: dict[str, SessionDocument | BrokenDocument | Fault] = {}
        self._document: SessionDocument | None = None
        self._looked_at: Read = None
        """What became of reading the document under the cursor."""
        self._preferences: Read = None
        """The account's, which decide on logs and users."""
        self._tried = False
        self._preselected = ""
        """The row that the cursor was put on, unless by the user."""

    def body(self) -> ComposeResult:
        """Documents on the left; what one is, its fields and the command on the right."""
        with Horizontal(id="both"):
            with Vertical(id="left"):
                with Horizontal(id="filter"):
                    yield Static("/", markup=False)
                    yield DocumentFilter(compact=True, placeholder="name, owner")
                    yield Static("…", id="count", markup=False)
                yield RowTable(DOCUMENT_COLUMNS, id="documents")
                yield Static("Reading the documents …", id="trouble", classes="-some", markup=False)
            with Vertical(id="right"):
                yield Static(id="about", markup=False)
                with VerticalScroll(id="form", can_focus=False), Horizontal(id="user"):
                    yield Static("user", markup=False)
                    yield HangingText()
                yield HangingCommand(id="preview")

    def on_mount(self) -> None:
        """Read the documents."""
        self.work(self._read_list(), "list", instead=True)

    # The list ----------------------------------------------------------------------------------

    def signed_out_place(self) -> Place | None:
        """Return the node's place if a document could not be read for its credentials."""
        reads = (self._preferences, *self._read.values())
        return self._node.place if any(isinstance(read, Fault) and read.wants_sign_in for read in reads) else None

    def signed_in(self) -> None:
        """Read the documents again; what is typed stays."""
        self.work(self._read_list(), "list", instead=True)

    async def _read_list(self) -> None:
        place = self._node.place
        self._list = await self._library.summaries(place)
        trouble = self.query_one("#trouble", Static)
        trouble.update(Content("\n".join(map(harmless, self._list.problems))))
        trouble.set_class(bool(self._list.problems), "-some")
        self._show_list(from_top=True)
        self._preferences = await self._look_up(DEFAULT_DOCUMENT)
        self._show_about()
        looked_into = self._list.documents[:_MOST_READ]
        for summary, read in zip(looked_into, await self._library.read_all(place, looked_into), strict=True):
            self._read[summary.name] = read
        self._show_list(from_top=self.table.current == self._preselected)

    def _show_list(self, *, from_top: bool = False) -> None:
        """Show the documents. The cursor stays, or goes to the first document not known to be unusable."""
        rows = [
            document_row(summary, self._read.get(summary.name), self._agent)
            for summary in matching(self._list.documents, self.filter.value)
        ]
        usable = (row.key for row in rows if can_start(self._read.get(row.key), self._agent))
        if self._list.documents:
            self.query_one("#count", Static).update(Content(count_words(len(rows), len(self._list.documents))))
        self.table.show(rows, from_top=from_top, at=next(usable, ""))
        if from_top:
            self._preselected = self.table.current

    @on(Input.Changed, "DocumentFilter")
    def _filtered(self) -> None:
        self._show_list(from_top=True)

    @on(RowTable.Moved)
    def _moved(self, event: RowTable.Moved) -> None:
        self.work(self._choose(event.key), "document", instead=True)

    @on(RowTable.Chosen)
    def _chosen(self) -> None:
        if self.fields:
            self.focus_field(0)

    # The form ----------------------------------------------------------------------------------

    async def _choose(self, name: str) -> None:
        """Show this document's form, with what was typed in it last time."""
        self._document = None
        self._tried = False
        read = await self._look_up(name)
        self._document = read if isinstance(read, SessionDocument) else None
        await self.form.remove_children(Field)
        if isinstance(read, SessionDocument):
            remembered = self._library.remembered(read.name, self._node.node_id)
            await self.form.mount(*self._fields_of(read, remembered), before="#user")
        self._looked_at = read
        self._show_about()
        self._judge()
        self.refresh_bindings()

    def _show_about(self) -> None:
        """Show what the document is, and the user that its session runs as."""
        read, words = self._looked_at, ""
        self.about.update(self._about(read))
        if isinstance(read, SessionDocument):
            words = user_words(read, self._preferences, on_windows=self._on_windows)
        self.user.lines = ((2, words),)
        self.query_one("#user").set_class(bool(words), "-some")

    async def _look_up(self, name: str) -> Read:
        if not name:
            return None
        try:
            return await self._library.document(self._node.place, name)
        except AwsCallFailed as failed:
            return failed.fault

    def _about(self, read: Read) -> Content:
        if read is None:
            return Content("No document has this name." if self._list.documents else "")
        if isinstance(read, Fault):
            return Content.styled(harmless(f"{read.sentence()} {after_fault(read)}"), "$warning")
        facts = facts_of(read, self._preferences) if isinstance(read, SessionDocument) else "cannot be used"
        # A piece that began with the blank would lose it where the screen is drawn as SVG.
        title = Content.assemble((f"{harmless(read.label)} ", "bold"), (f"· {harmless(facts)}", "$muted"))
        if isinstance(read, BrokenDocument):
            return Content.assemble(title, "\n", (harmless(f"smtui cannot use it. {read.reason}"), "$error"))
        parts = [title]
        if read.description:
            parts.append(Content(harmless(read.description)))
        needs = document_needs(read, self._agent)
        if needs:
            parts.append(Content.styled(harmless(needs), "$warning"))
        return Content("\n").join(parts)

    def _fields_of(self, document: SessionDocument, remembered: dict[str, str]) -> list[Field]:
        fields = [
            Field(
                parameter.name,
                f"{parameter.name} *" if parameter.required else "",
                text=remembered.get(parameter.name, ""),
                placeholder=placeholder_of(parameter),
                note=note_of(parameter),
                values=parameter.allowed_values,
                hidden=parameter.secret,
            )
            for parameter in document.parameters
        ]
        if takes_choice(document, on_windows=self._on_windows):
            fields += [Field(CHOICE[name], label, placeholder=what) for name, label, what in CHOICE_FIELDS]
        return [*fields, Field(REASON, "reason", placeholder="for the session's record")]

    @property
    def _typed(self) -> DocumentTexts | None:
        if self._document is None:
            return None
        texts = self.texts()
        return DocumentTexts(self._document, texts, texts.get(REASON, ""), choice_of(texts))

    @on(Field.Changed)
    def _judge(self) -> None:
        typed = self._typed
        self.forget_refusal()
        if typed is not None:
            self.complain(self._complaints(typed))
        self.preview.lead, self.preview.command = self._preview()

    def _complaints(self, typed: DocumentTexts) -> dict[str, str]:
        return typed.complaints(started=self._tried) | (
            {REASON: complaint} if (complaint := reason_complaint(typed.reason)) else {}
        )

    def _preview(self) -> tuple[str, str]:
        try:
            return "", self.command()
        except Unquotable as refused:
            return f"No command: {refused}.", ""

    def command(self) -> str:
        """Return the equivalent `aws` command; raises `Unquotable`."""
        typed = self._typed
        return self._launcher.command_line(typed.request(self._node)) if typed else ""

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """From the list, `enter` goes to the form."""
        return super().footer_labels if self.focused_field is not None else {"form.next": "To the form"}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Start and copy only what can be read."""
        if action in ("start", "copy_command") and self._document is None:
            return None
        return super().check_action(action, parameters)

    def focus_field(self, index: int) -> None:
        """Move the focus to a field; where there is room for one side only, show the form."""
        self.add_class("-form")
        super().focus_field(index)

    def _go_to_list(self) -> None:
        self.remove_class("-form")
        self.filter.focus()

    def action_next(self) -> None:
        """Go on to the next field (`enter`); from the list to the form."""
        if self.focused_field is not None:
            super().action_next()
        elif self.fields:
            self.focus_field(0)

    def action_step(self, direction: int) -> None:
        """Go one field up or down; above the first is the filter, whose arrows move in the list."""
        if self.filter.has_focus:
            self.table.action_cursor(direction)
        elif self.focused_field == 0 and direction < 0:
            self._go_to_list()
        else:
            super().action_step(direction)

    def action_back(self) -> None:
        """Go back: from the form to the filter, then clear the filter, then leave."""
        if self.focused_field is not None:
            self._go_to_list()
        elif self.filter.value:
            self.filter.value = ""
        else:
            self.dismiss(None)

    def action_start(self) -> None:
        """Start the session or the tunnel, or say what is wrong."""
        typed = self._typed
        if typed is None:
            return
        self._tried = True
        found = self._complaints(typed)
        self.complain(found)
        if found:
            self.focus_field(next(i for i, field in enumerate(self.fields) if field.field_name in found))
        elif self._launcher.setup.read_only:
            self.refuse(READ_ONLY)
        elif typed.refusal:
            self.refuse(typed.refusal)
        elif typed.is_tunnel:
            self.work(self._tunnel(typed), "starting", instead=True)
        else:
            self._remember(typed)
            self.dismiss(DocumentWish(typed.request(self._node), typed.document))

    async def _tunnel(self, typed: DocumentTexts) -> None:
        try:
            await self._desk.start_tunnel(typed.forward(self._node))
        except (NotAForward, TunnelRefused) as refused:
            self.refuse(str(refused))
        else:
            self._remember(typed)
            self.dismiss(None)

    def _remember(self, typed: DocumentTexts) -> None:
        texts = {
            parameter.name: typed.values[parameter.name]
            for parameter in typed.document.parameters
            if typed.values.get(parameter.name) and not parameter.secret
        }
        self._library.remember(typed.document.name, self._node.node_id, texts)
