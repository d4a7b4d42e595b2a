"""Why a row or a value was set aside: the closed list, each with a sentence that says what to do."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Reason"]


class Reason(StrEnum):
    """The code that quarantine shows; `says` explains it."""

    MISSING_VALUE = "missing_value"
    MISSING_KEY = "missing_key"
    KEY_CONFLICT = "key_conflict"
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    NOT_AN_INTEGER = "not_an_integer"
    OUT_OF_RANGE = "out_of_range"
    WRONG_SEPARATOR = "wrong_separator"
    TRAILING_MINUS = "trailing_minus"
    PARENTHESES = "parentheses"
    CURRENCY_SYMBOL = "currency_symbol"
    PERCENT = "percent"
    NOT_A_DATE = "not_a_date"
    NO_SUCH_DAY = "no_such_day"
    OTHER_DATE_ORDER = "other_date_order"
    TWO_DIGIT_YEAR = "two_digit_year"
    NUMBER_FOR_DATE = "number_for_date"
    NOT_IN_ZONE = "not_in_zone"
    IN_FUTURE = "in_future"
    BEFORE_FOUNDED = "before_founded"
    PLACEHOLDER_DATE = "placeholder_date"
    DIGITS_LOST = "digits_lost"
    NOT_A_FLAG = "not_a_flag"
    BAD_OPERAND = "bad_operand"
    JOIN_NOT_FOUND = "join_not_found"
    JOIN_AMBIGUOUS = "join_ambiguous"
    TOO_MANY_COLUMNS = "too_many_columns"
    MISSING_COLUMNS = "missing_columns"
    UNCLOSED_QUOTE = "unclosed_quote"
    BAD_QUOTE = "bad_quote"
    BAD_ENCODING = "bad_encoding"
    NUL_BYTE = "nul_byte"
    LINE_TOO_LONG = "line_too_long"
    BAD_JSON = "bad_json"
    NOT_AN_OBJECT = "not_an_object"
    DUPLICATE_JSON_KEY = "duplicate_json_key"
    ERROR_CELL = "error_cell"
    FORMULA_WITHOUT_RESULT = "formula_without_result"
    MERGED_CELLS = "merged_cells"

    @property
    def says(self) -> str:
        """What is wrong and what to do, in one sentence.

        >>> Reason.MISSING_VALUE.says
        'A required value is empty: fill it at the source, or map the column from another one.'
        """
        return _SAYS[self]


_SAYS = {
    Reason.MISSING_VALUE: "A required value is empty: fill it at the source, or map the column from another one.",
    Reason.MISSING_KEY: "All parts of the key are empty: map the key, or leave such rows out with `where`.",
    Reason.KEY_CONFLICT: "The key was loaded before with other content: correct one of them, or set `version`, "
    'or `load = "upsert"`.',
    Reason.NOT_A_NUMBER: "The text is not a number: correct it, or list it under `nulls` if it means nothing.",
    Reason.NOT_FINITE: "NaN and infinity are no amounts: correct it, or list it under `nulls`.",
    Reason.NOT_AN_INTEGER: "A whole number is wanted here: correct the value.",
    Reason.OUT_OF_RANGE: "The value does not fit the column (14 digits before the point; years 1900 to 2261): correct "
    "it, or list a placeholder such as 9999-12-31 under `nulls`.",
    Reason.WRONG_SEPARATOR: "The separators are not the declared ones: declare `decimal` and `thousands`, "
    "or correct the value.",
    Reason.TRAILING_MINUS: "The minus stands behind the number: write it in front.",
    Reason.PARENTHESES: "Parentheses for negative amounts are not read: write a minus in front.",
    Reason.CURRENCY_SYMBOL: "Only one of € $ £ ¥ directly beside the number is read: remove it, and map `currency`.",
    Reason.PERCENT: "A percentage is not read as a number: map it with an expression over plain numbers.",
    Reason.NOT_A_DATE: "The text is not a date in the declared form: correct it, or declare `dates`.",
    Reason.NO_SUCH_DAY: "There is no such day or time of day: correct it.",
    Reason.OTHER_DATE_ORDER: "Day and month stand in the other order than declared: correct it, or declare `dates`.",
    Reason.TWO_DIGIT_YEAR: "The year has two digits: give four, or declare `dates` with %y.",
    Reason.NUMBER_FOR_DATE: "A bare number stands for a date: export it as a date, or declare `dates`, "
    'for example "%Y%m%d".',
    Reason.NOT_IN_ZONE: "This local time does not exist where the clocks go forward: correct it, or declare `timezone`.",
    Reason.IN_FUTURE: "The event lies more than a day in the future: correct the date, or the clock that wrote it.",
    Reason.BEFORE_FOUNDED: "The event lies before `founded`: correct the date, or that key of `[project]`.",
    Reason.PLACEHOLDER_DATE: "A date such as 1900-01-01 stands for an unknown one: give the true date, or list it under "
    "`nulls`.",
    Reason.DIGITS_LOST: "A spreadsheet has shortened this number (1.23E+12), so its digits are lost: export the column as "
    "text.",
    Reason.NOT_A_FLAG: "The value is neither yes nor no: map it with `values`.",
    Reason.BAD_OPERAND: "A value that the expression calculates with is not a number or date: correct it.",
    Reason.JOIN_NOT_FOUND: "The joined file has no row for this one: deliver it, then `replay`.",
    Reason.JOIN_AMBIGUOUS: "The joined file has several different rows for this one: keep one of them.",
    Reason.TOO_MANY_COLUMNS: "The row has more columns than the header: quote the delimiter inside values.",
    Reason.MISSING_COLUMNS: "The row has fewer columns than the header: complete it, or remove notes and totals.",
    Reason.UNCLOSED_QUOTE: "A quote opens and never closes: close it, or double it where it belongs to the value.",
    Reason.BAD_QUOTE: "Text follows a closing quote: double the quotes inside quoted values.",
    Reason.BAD_ENCODING: 'The bytes are not of the declared encoding: declare `encoding`, for example "cp1252".',
    Reason.NUL_BYTE: "A NUL byte stands in the row: export it again, or declare `encoding` if it is UTF-16.",
    Reason.LINE_TOO_LONG: "The line is longer than 16 MB: it is not a row of a table; export it again.",
    Reason.BAD_JSON: "The line is not valid JSON: correct it.",
    Reason.NOT_AN_OBJECT: "A JSON record must be an object with names: export objects.",
    Reason.DUPLICATE_JSON_KEY: "A name stands twice in the JSON object: keep one of them.",
    Reason.ERROR_CELL: "The cell shows an error such as #N/A: correct it, or list the error under `nulls` if it means nothing.",
    Reason.FORMULA_WITHOUT_RESULT: "The formula was never calculated: open the workbook, save it, send it again.",
    Reason.MERGED_CELLS: "The row has a part in merged cells, so its values are not its own: split the cells.",
}
