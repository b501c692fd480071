"""What a form says of what is put into its fields, judged on the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui import shop
from tui.forms.form import Form

if TYPE_CHECKING:
    from tui.forms.form import Judged
    from tui.forms.sheet import Sheet


def judged(sheet: Sheet, yard: shop.Yard | None = None, /, **values: str) -> Judged:
    return judged_with(sheet, values, yard)


def judged_with(sheet: Sheet, values: dict[str, str], yard: shop.Yard | None = None) -> Judged:
    form = Form(sheet.entries, sheet.verb)
    for entry_id, value in values.items():
        form.put(entry_id, value)
    return sheet.judge(yard or shop.Yard(), form.values)
