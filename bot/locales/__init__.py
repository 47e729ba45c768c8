"""The message catalogues: every text that a user reads, in each language.

A language is a folder of gettext `.po` files, merged; the ids are keys (`check.bank_account.missing`). They are read
when first needed, so that there is no compiled copy that could be out of date. A folder is all that a language takes:
it is offered as soon as its `UNFINISHED.md` is gone.
"""

from bot.locales.translator import LANGUAGES, Translator, language_of, translator

__all__ = ["LANGUAGES", "Translator", "language_of", "translator"]
