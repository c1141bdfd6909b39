"""The members of cross-province clearing. Source: domain.md 2.1 (31 provinces and the corps)."""

from typing import Final, NamedTuple

from ledger.vocabulary import RegionCode


class Province(NamedTuple):
    """A member; `sends` and `draws` weigh its people elsewhere and its hospitals' pull. ASSUMED."""

    code: RegionCode
    name_zh: str
    name_en: str
    sends: int
    draws: int


def _province(line: str) -> Province:
    code, zh, en, sends, draws = line.split(",")
    return Province(RegionCode(f"{code}0000"), zh, en, int(sends), int(draws))


PROVINCES: Final[tuple[Province, ...]] = tuple(
    _province(line)
    for line in (
        "34,安徽省,Anhui,95,12",
        "31,上海市,Shanghai,18,100",
        "32,江苏省,Jiangsu,52,72",
        "13,河北省,Hebei,80,10",
        "11,北京市,Beijing,16,95",
        "33,浙江省,Zhejiang,40,68",
        "44,广东省,Guangdong,30,64",
        "41,河南省,Henan,88,14",
        "51,四川省,Sichuan,60,30",
        "50,重庆市,Chongqing,42,28",
        "36,江西省,Jiangxi,58,9",
        "43,湖南省,Hunan,50,16",
        "42,湖北省,Hubei,48,24",
        "37,山东省,Shandong,46,26",
        "12,天津市,Tianjin,14,34",
        "45,广西壮族自治区,Guangxi,36,8",
        "52,贵州省,Guizhou,44,7",
        "61,陕西省,Shaanxi,26,20",
        "15,内蒙古自治区,Inner Mongolia,38,5",
        "14,山西省,Shanxi,36,6",
        "21,辽宁省,Liaoning,24,20",
        "23,黑龙江省,Heilongjiang,34,6",
        "22,吉林省,Jilin,26,12",
        "35,福建省,Fujian,26,14",
        "53,云南省,Yunnan,28,12",
        "62,甘肃省,Gansu,30,5",
        "65,新疆维吾尔自治区,Xinjiang,20,9",
        "46,海南省,Hainan,10,18",
        "64,宁夏回族自治区,Ningxia,14,4",
        "66,新疆生产建设兵团,Xinjiang Corps,22,3",
        "63,青海省,Qinghai,16,3",
        "54,西藏自治区,Tibet,8,2",
    )
)
"""In the order in which they join where fewer are asked for."""

NEIGHBOURS: Final[dict[tuple[str, str], int]] = {
    ("34", "31"): 3,
    ("34", "32"): 4,
    ("34", "33"): 2,
    ("32", "31"): 4,
    ("33", "31"): 4,
    ("13", "11"): 6,
    ("13", "12"): 4,
    ("41", "11"): 2,
    ("36", "44"): 2,
    ("36", "33"): 2,
    ("43", "44"): 4,
    ("42", "44"): 2,
    ("45", "44"): 6,
    ("51", "50"): 5,
    ("50", "51"): 3,
    ("52", "50"): 4,
    ("52", "51"): 2,
    ("15", "11"): 3,
    ("15", "21"): 3,
    ("14", "11"): 3,
    ("62", "61"): 5,
    ("64", "61"): 4,
    ("63", "62"): 5,
    ("23", "21"): 3,
    ("23", "22"): 3,
    ("66", "65"): 20,
    ("54", "51"): 12,
    ("65", "61"): 2,
}
"""Well-trodden ways, insured to treated, by the first two digits: so many times the usual."""
