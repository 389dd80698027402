# SPDX-License-Identifier: MIT
"""The languages of public texts: catalogues of translations, and formats.

English is the source language, and needs neither a catalogue nor a library. A folder here with a catalogue is another
language: nothing else names it.
"""

from elytra_status.locale.catalogues import LanguageError, codes, find_language
from elytra_status.locale.language import ENGLISH, Language, to_translate

__all__ = ["ENGLISH", "Language", "LanguageError", "codes", "find_language", "to_translate"]
