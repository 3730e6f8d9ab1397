"""The words of absence notes in the languages they are written in: months, "until", "back", "on leave"."""

# ruff: noqa: RUF001
# The letters that look alike are other languages' own.

import re
from collections.abc import Mapping

# A month and its names. "listopada" is missing: it is November in Polish and October in Croatian.
_MONTH_NAMES = """
1 january jan januar jänner januari janvier janv enero ene gennaio gen janeiro tammikuuta stycznia ledna
1 января січня ocak január ιανουαρίου
2 february feb februar februari février févr febrero febbraio fevereiro fev helmikuuta lutego února февраля
2 лютого şubat február φεβρουαρίου
3 march mar märz mär mrz mars marzo março maart mrt marts maaliskuuta marca března марта березня mart március
3 μαρτίου
4 april apr avril avr abril abr aprile huhtikuuta kwietnia dubna апреля квітня nisan április απριλίου
5 may mai mayo maggio mag maio mei maj toukokuuta maja května мая травня mayıs május μαΐου
6 june jun juni juin junio giugno giu junho kesäkuuta czerwca června июня червня haziran június ιουνίου
7 july jul juli juillet juil julio luglio lug julho heinäkuuta lipca července июля липня temmuz július ιουλίου
8 august aug août agosto ago augustus augusti elokuuta sierpnia srpna августа серпня ağustos augusztus
8 αυγούστου
9 september sep sept septembre septiembre setiembre settembre set setembro syyskuuta września září сентября
9 вересня eylül szeptember σεπτεμβρίου
10 october oct oktober okt octobre octubre ottobre ott outubro out lokakuuta października října октября жовтня
10 ekim október οκτωβρίου
11 november nov novembre noviembre novembro marraskuuta listopadu ноября листопада kasım νοεμβρίου
12 december dec dezember dez décembre déc diciembre dic dicembre dezembro desember joulukuuta grudnia prosince
12 декабря грудня aralık δεκεμβρίου
"""
MONTHS: Mapping[str, int] = {
    name: int(month) for month, *names in map(str.split, _MONTH_NAMES.split("\n")[1:-1]) for name in names
}

# What stands before the last day of an absence, or the day of return; "to" and "-" end a range.
END_BEFORE = re.compile(
    r"\b(?:until|till?|through|thru|to|back|return(?:s|ing)?|available again"
    r"|bis|zurück|wieder|retour|jusqu|au|de retour|hasta|al|regres\w{1,4}|vuelv\w{1,3}|volver\w|reincorpor\w{1,4}"
    r"|fino|rientr\w{1,4}|torn\w{1,4}|até|retorn\w{1,4}|volt\w{1,5}|a partir d[eo]|tot|t/m|terug"
    r"|tillbaka|åter|til|tilbage|tilbake|palaan|do|wrac\w{1,3}|wróc\w|powr\w{1,5}|zpět|vrátím"
    r"|до|по|верн\w{1,4}|повер\w{1,5}|έως|μέχρι|επιστρ\w{1,5})\b|[\w.]\s?[-–—]\s?$|[至到]",
    re.IGNORECASE,
)
# What stands behind it.
END_AFTER = re.compile(
    r"\W{0,3}(?:まで|까지|asti|saakka|(?:tarihine )?kadar|-?ig\b|wieder|zurück|back\b|terug|tillbaka|tilbage|tilbake"
    r"|de retour|回来|返回|复工)",
    re.IGNORECASE,
)
# That somebody is away: a ticket system's receipt is automatic, too, and says nothing of the kind.
AWAY = re.compile(
    r"\b(?:out of (?:the )?office|ooo|away from|on (?:annual |parental |sick |maternity |paternity )?(?:leave|vacation"
    r"|holidays?)|on vacation|annual leave"
    r"|abwesen\w{1,5}|nicht im (?:büro|hause?)|(?:im|in) urlaub|außer haus|elternzeit"
    r"|absen(?:te?|ce)|en congés?|en vacances|fuera de la oficina|vacaciones|ausen(?:te|cia)|fuori (?:sede|ufficio)"
    r"|in ferie|assen(?:te|za)|fora do escritório|férias|afwezig\w{0,4}|(?:op|met) (?:vakantie|verlof)|niet op kantoor"
    r"|semester|på (?:ferie|kontoret)|ikke på kontoret|lomalla|poissa|urlop\w{0,3}|nieobecn\w{1,5}|dovolen\w{1,3}"
    r"|szabadság\w{0,3}|отпуск\w?|відпустці|отсутству\w{1,4}|izind\w{1,5}|ofis dışında|άδεια)\b"
    r"|不在|休暇|休假|外出|休み|휴가|부재|出差|חופשה|إجازة",
    re.IGNORECASE,
)
