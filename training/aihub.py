"""The files as AI Hub hands them out: their column names, dialogue marks and typing errors in labels.

단발성 (xlsx): Sentence, Emotion. 연속적 (xlsx): dialog # (S where a dialogue starts), 발화, 감정.
음성 (csv, often CP949): 발화문, 상황. 감성 대화 (xlsx): 사람문장1, 감정_대분류.
"""

import re
from pathlib import Path

import pandas as pd

COLUMNS = {
    "Sentence": "text",
    "Emotion": "label",
    "dialog #": "dialogue",
    "발화": "text",
    "감정": "label",
    "발화문": "text",
    "상황": "label",
    "사람문장1": "text",
    "감정_대분류": "label",
}
SPREADSHEET = ".xlsx"
START = "S"
# 「연속적」 has some thirty labels such as «ㄴ중립», «분ㄴ», «중림»; a lone letter names no emotion.
_LONE_LETTERS = re.compile(r"[ㄱ-ㅣ\s]+|\b[A-Za-z]\b")
_MISTYPED = {"중림": "중립", "줄": "중립", "중": "중립", "분": "분노", "슬": "슬픔", "놀": "놀람", "행": "행복"}


def read(path: Path) -> pd.DataFrame:
    """Any labelled file as strings, with our column names where AI Hub's are known; blanks are "".

    Raises OSError or ValueError when it is neither UTF-8 or CP949 CSV nor an xlsx file.
    """
    rows = (_spreadsheet if path.suffix.lower() == SPREADSHEET else _csv)(path).rename(columns=COLUMNS)
    if "label" in rows:
        rows["label"] = rows["label"].map(_mended)
    if "dialogue" in rows and (rows["dialogue"] == START).any():
        rows["dialogue"] = (rows["dialogue"] == START).cumsum().astype(str)
    return rows


def _spreadsheet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_excel(path, dtype=str, keep_default_na=False)
    except Exception as problem:  # a broken file shows as whatever openpyxl stumbles over: a zip, a key, a tag
        raise ValueError(str(problem)) from problem


def _csv(path: Path) -> pd.DataFrame:
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="cp949")
    if not isinstance(rows.index, pd.RangeIndex):  # pandas then takes the first column for names of rows
        raise ValueError("a row has more fields than the header; put texts with commas into quotes")
    return rows


def _mended(label: str) -> str:
    bare = _LONE_LETTERS.sub("", label)
    return _MISTYPED.get(bare, bare)
