"""Subjects that responders and mail systems write, in the languages they write them."""

# ruff: noqa: RUF001
# The letters that look alike are other languages' own.

import re

_ANSWER_PREFIX = r"\s*(?:(?:re|aw|sv|vs|antw|r|rif|tr|odp|ynt|回复|答复)\s?[:：]\s*){0,20}"

_AWAY = (
    r"auto(?:matic)?[ -]?(?:reply|response|responder)\b",
    r"autoreply\b",
    r"auto:",
    r"out of (?:the )?office\b",
    r"ooo\b",
    r"abwesenheit",
    r"automatische antwort",
    r"réponse automatique",
    r"absence du bureau",
    r"respuesta automática",
    r"fuera de la oficina",
    r"risposta automatica",
    r"fuori sede",
    r"resposta automática",
    r"fora do escritório",
    r"automatisch antwoord",
    r"afwezig",
    r"autosvar",
    r"automatisk(?:t)? svar",
    r"automaattinen vastaus",
    r"autoodpowiedź",
    r"odpowiedź automatyczna",
    r"automatická odpověď",
    r"automatikus válasz",
    r"otomatik yanıt",
    r"αυτόματη απάντηση",
    r"автоответ",
    r"автоматический ответ",
    r"автоматична відповідь",
    r"רד אוטומטי|תגובה אוטומטית",
    r"رد تلقائي",
    r"自動応答",
    r"自動返信",
    r"自动答复",
    r"自动回复",
    r"自動回覆",
    r"자동 ?회신",
    r"자동 ?응답",
)
_NOT_DELIVERED = (
    r"undeliver(?:able|ed)\b",
    r"delivery (?:status notification|failure|has failed|delayed|incomplete)",
    r"(?:mail|message) delivery (?:failed|failure|delayed)",
    r"returned mail\b",
    r"failure notice\b",
    r"warning: (?:message|could not send)",
    r"unzustellbar",
    r"non remis",
    r"échec de la remise",
    r"no se puede entregar",
    r"non recapitabile",
    r"não (?:foi )?(?:possível )?entreg",
    r"onbestelbaar",
    r"niedostarcz",
    r"недоставлен",
    r"не удалось доставить",
    r"配信不能",
    r"无法送达|未送达|退信",
)

# Matched at the start, after "Re:" and its kin: no search, no backtracking over the subject.
AUTOMATIC_SUBJECT = re.compile(_ANSWER_PREFIX + "(?:" + "|".join(_AWAY) + ")", re.IGNORECASE)
BOUNCE_SUBJECT = re.compile(r"\s*(?:" + "|".join(_NOT_DELIVERED) + ")", re.IGNORECASE)
