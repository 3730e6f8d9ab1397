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
_DELIVERY = r"(?:(?:permanent|final|email|e-mail|mail|message) ){0,2}delivery (?:to \S{1,320} )?"
_NOT_DELIVERED = (
    r"undeliver(?:able|ed)\b",
    _DELIVERY + r"(?:status notification|report|fail|has failed|error|problem\b|delay|warning|incomplete|unsuccessful)",
    r"non-?deliver",
    r"failure (?:notice|delivery)\b",
    r"(?:returned|rejected|failed|bounced|delayed) (?:e-?)?mail\b",
    r"mail (?:failed|not delivered|returned|system error)\b",
    r"(?:your )?(?:e-?mail|message)(?: to \S{1,320})? (?:could not be|cannot be|was not|has not been) delivered",
    r"mail (?:to \S{1,320} )?(?:could not be|cannot be|was not) delivered",
    r"message (?:delayed|not delivered|undeliverable)\b",
    r"warning: (?:message|could not send)",
    r"unzustellbar|nicht zustellbar|zustellung (?:fehlgeschlagen|nicht möglich)",
    r"non remis|échec de (?:la )?remise|(?:message )?non (?:distribué|délivré)|notification d.état de remise",
    r"no se puede entregar|no entregado|(?:error|fallo) (?:de|en la) entrega|notificación de(?:l)? estado de",
    r"non recapitabile|mancato recapito|impossibile recapitare|notifica (?:sullo )?stato (?:del )?recapito",
    r"não (?:foi )?(?:possível )?entreg|falha na entrega|notificação de (?:status|estado) de entrega",
    r"onbestelbaar|niet bezorgd|bezorging mislukt",
    r"niedostarcz|niedoręcz|nie można dostarczyć",
    r"oleveransbar|kan inte levereras|kan ikke leveres|ikke leveret|uleveret",
    r"toimittamaton|toimitus epäonnistui",
    r"nedoručiteln|nedoručen|kézbesíthetetlen|sikertelen kézbesítés",
    r"teslim edileme|iletilemedi",
    r"δεν παραδόθηκε|ανεπίδοτο",
    r"недоставлен|не (?:удалось|вдалося) доставити?|сообщение не доставлено|ошибка доставки",
    r"配信不能|配信できません|未配信|无法送达|未送达|退信|系统退信|无法投递|未传递|無法傳遞|배달되지|배달 실패|반송",
    r"تعذر التسليم|לא ניתן למסור|לא נמסר",
)
_DELAYED = (
    r"\bdelay(?:ed)?\b|\bwarning\b|still being retried|\bpostponed\b",
    r"verzögert|retardé|retrasad|ritardat|atrasad|vertraagd|opóźni|задерж|отложен|遅延|延迟|延遲|지연",
)

# Matched at the start, after "Re:" and its kin: no search, no backtracking over the subject.
AUTOMATIC_SUBJECT = re.compile(_ANSWER_PREFIX + "(?:" + "|".join(_AWAY) + ")", re.IGNORECASE)
# Without "Re:": a person who answers a bounce, or tells of one, has it before these words.
BOUNCE_SUBJECT = re.compile(r"\s*(?:" + "|".join(_NOT_DELIVERED) + ")", re.IGNORECASE)
# Searched only where the message is known to be a report.
DELAY_SUBJECT = re.compile("|".join(_DELAYED), re.IGNORECASE)
