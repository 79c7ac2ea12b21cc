"""The vocabulary: everyday things with their Korean words, their properties, what may be true of them, labels, names.

A line of THINGS is `category: english=korean, ...`; plurals are made by rule or stand behind a slash.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

THINGS = """
person: person/people=사람, man/men=남자, woman/women=여자, child/children=아이, boy=소년, girl=소녀, baby/babies=아기, player=선수, worker=작업자, student=학생, tourist=관광객, police officer=경찰관, cyclist=자전거 타는 사람, waiter=웨이터, chef=요리사, doctor=의사, nurse=간호사, passenger=승객, musician=음악가, guest=손님, driver=운전사, skier=스키어, soldier=군인, teacher=선생님, pedestrian=보행자
animal: dog=개, puppy/puppies=새끼 강아지, cat=고양이, kitten=새끼 고양이, bird=새, horse=말, cow=소, sheep/sheep=양, pig=돼지, duck=오리, chicken=닭, goat=염소, rabbit=토끼, elephant=코끼리, giraffe=기린, zebra=얼룩말, bear=곰, monkey=원숭이, lion=사자, tiger=호랑이, fish/fish=물고기, pigeon=비둘기, seagull=갈매기, butterfly/butterflies=나비, bee=벌, goose/geese=거위, deer/deer=사슴, turtle=거북이, swan=백조, owl=부엉이, penguin=펭귄, squirrel=다람쥐
vehicle: car=자동차, truck=트럭, bus/buses=버스, bicycle=자전거, bike=자전거, motorcycle=오토바이, scooter=스쿠터, van=승합차, taxi=택시, train=기차, boat=배, ship=배, airplane=비행기, helicopter=헬리콥터, tractor=트랙터, tram=전차, ambulance=구급차, fire truck=소방차, stroller=유모차, sailboat=요트, canoe=카누, trailer=트레일러, drone=드론
kitchen: mug=머그컵, cup=컵, glass/glasses=유리잔, plate=접시, bowl=그릇, fork=포크, knife/knives=칼, spoon=숟가락, bottle=병, pan=프라이팬, pot=냄비, kettle=주전자, teapot=찻주전자, jar=항아리, can=캔, wine glass/wine glasses=와인잔, tray=쟁반, toaster=토스터, blender=믹서기, refrigerator=냉장고, oven=오븐, microwave=전자레인지, cutting board=도마, jug=물병, lid=뚜껑, napkin=냅킨, chopstick=젓가락
furniture: chair=의자, table=탁자, dining table=식탁, desk=책상, sofa=소파, couch/couches=소파, bed=침대, stool=스툴, bench/benches=벤치, shelf/shelves=선반, cabinet=수납장, drawer=서랍, wardrobe=옷장, armchair=안락의자, lamp=램프, rug=러그, carpet=카펫, curtain=커튼, mirror=거울, pillow=베개, cushion=쿠션, blanket=담요, bookshelf/bookshelves=책장, nightstand=협탁, crib=아기 침대
object: book=책, notebook=공책, pen=펜, pencil=연필, laptop=노트북, phone=휴대폰, tablet=태블릿, keyboard=키보드, mouse/mice=마우스, monitor=모니터, camera=카메라, clock=시계, key=열쇠, wallet=지갑, box/boxes=상자, basket=바구니, bag=가방, backpack=배낭, suitcase=여행 가방, umbrella=우산, candle=양초, vase=꽃병, picture frame=액자, painting=그림, poster=포스터, ball=공, toy=장난감, doll=인형, teddy bear=곰 인형, kite=연, balloon=풍선, scissors/scissors=가위, stapler=스테이플러, envelope=봉투, newspaper=신문, magazine=잡지, remote control=리모컨, speaker=스피커, headphones/headphones=헤드폰, charger=충전기, cable=케이블, battery/batteries=건전지, broom=빗자루, bucket=양동이, ladder=사다리, hammer=망치, screwdriver=드라이버, wrench/wrenches=렌치, screw=나사, coin=동전, stamp=우표, guitar=기타, piano=피아노, drum=북, violin=바이올린, towel=수건, toothbrush/toothbrushes=칫솔, soap bar=비누, comb=빗, trash can=쓰레기통, sticker=스티커, gift=선물, surfboard=서핑보드, skateboard=스케이트보드, helmet=헬멧, flag=깃발, traffic cone=러버콘, tent=텐트, rope=밧줄, fan=선풍기, printer=프린터, plug=플러그, light bulb=전구, dice/dice=주사위, card=카드, trophy/trophies=트로피, medal=메달, crate=나무 상자, pallet=팔레트, barrel=통
clothing: hat=모자, cap=야구 모자, shirt=셔츠, t-shirt=티셔츠, jacket=재킷, coat=코트, dress/dresses=원피스, skirt=치마, tie=넥타이, scarf/scarves=스카프, glove=장갑, sock=양말, shoe=신발, boot=부츠, sneaker=운동화, belt=벨트, sweater=스웨터, watch/watches=손목시계, ring=반지, necklace=목걸이, earring=귀걸이, sunglasses/sunglasses=선글라스, mask=마스크, apron=앞치마, handbag=핸드백, life jacket=구명조끼
food: apple=사과, banana=바나나, orange=오렌지, pear=서양배, lemon=레몬, strawberry/strawberries=딸기, grape=포도, tomato/tomatoes=토마토, carrot=당근, potato/potatoes=감자, onion=양파, mushroom=버섯, bread loaf/bread loaves=빵, sandwich/sandwiches=샌드위치, pizza=피자, cake=케이크, cookie=쿠키, donut=도넛, egg=달걀, burger=햄버거, hot dog=핫도그, salad=샐러드, cupcake=컵케이크, peach/peaches=복숭아, cherry/cherries=체리, pumpkin=호박, pepper=고추, cucumber=오이, watermelon=수박, candy/candies=사탕, croissant=크루아상, dumpling=만두
place: door=문, window=창문, wall=벽, stair=계단, fence=울타리, gate=대문, balcony/balconies=발코니, chimney=굴뚝, roof=지붕, house=집, building=건물, tower=탑, bridge=다리, tent=텐트, sign=표지판, traffic light=신호등, street light=가로등, fire hydrant=소화전, mailbox/mailboxes=우체통, statue=동상, fountain=분수, parking meter=주차 미터기, bin=쓰레기통, stop sign=정지 표지판, billboard=광고판, crane=크레인
plant: tree=나무, flower=꽃, plant=식물, rose=장미, bush/bushes=덤불, leaf/leaves=나뭇잎, cactus/cacti=선인장, potted plant=화분, palm tree=야자수, tulip=튤립, log=통나무, sunflower=해바라기, rock=바위, cloud=구름
part: face=얼굴, license plate=번호판, logo=로고, hand=손, wheel=바퀴, eye=눈, button=버튼, icon=아이콘, tattoo=문신, tail=꼬리, screen=화면, headlight=전조등, signature=서명, barcode sticker=바코드 스티커, name tag=이름표
"""
COLORS = {
    "red": "빨간", "blue": "파란", "green": "초록색", "yellow": "노란", "black": "검은", "white": "하얀",
    "orange": "주황색", "purple": "보라색", "pink": "분홍색", "brown": "갈색", "gray": "회색", "grey": "회색",
    "beige": "베이지색", "golden": "금색", "silver": "은색", "dark blue": "남색", "light green": "연두색", "turquoise": "청록색",
}  # fmt: skip
SIZES = {
    "small": "작은",
    "big": "큰",
    "large": "큰",
    "tiny": "아주 작은",
    "tall": "키가 큰",
    "long": "긴",
    "little": "작은",
    "huge": "거대한",
}
MATERIALS = {
    "wooden": "나무", "metal": "금속", "plastic": "플라스틱", "leather": "가죽", "paper": "종이", "ceramic": "도자기",
    "stone": "돌", "striped": "줄무늬", "woolen": "털실", "cardboard": "종이",
}  # fmt: skip
STATES = {
    "open": "열린", "closed": "닫힌", "broken": "깨진", "empty": "빈", "old": "오래된", "new": "새", "round": "둥근",
    "square": "네모난", "dirty": "더러운", "wet": "젖은", "folded": "접힌", "parked": "주차된", "ripe": "익은", "shiny": "반짝이는",
    "half-full": "반쯤 찬", "full": "가득 찬", "cracked": "금이 간", "rusty": "녹슨",
}  # fmt: skip
# key of tools.labels -> the words people use for it, then Korean ones
LABEL_WORDS = {
    "total": (
        "total|total amount|grand total|amount due|final amount|total price",
        "총액|합계|총 금액|총합계|결제 금액",
    ),
    "subtotal": ("subtotal|sub-total|subtotal before tax|amount before tax", "소계|세전 금액"),
    "tax": ("tax|VAT|sales tax|tax amount|GST", "세금|부가세|부가가치세"),
    "tip": ("tip|gratuity|service charge", "팁|봉사료"),
    "discount": ("discount|rebate|price reduction", "할인|할인 금액"),
    "cash": ("cash paid|cash given|cash tendered|amount of cash", "현금|받은 돈"),
    "change": ("change|change given back|change returned", "거스름돈|잔돈"),
    "shipping": ("shipping|shipping cost|delivery fee|postage", "배송비|배송료"),
    "price": ("price|unit price|cost per unit|price tag", "가격|단가"),
    "amount": ("amount|line amount", "금액"),
    "quantity": ("quantity|number of items|number of units|qty", "수량"),
    "date": ("date|issue date|invoice date|date of issue|purchase date|date on it", "날짜|발행일|작성일|구매 날짜"),
    "due date": ("due date|payment deadline|date it must be paid by|payment due date", "지급 기한|납부 기한|마감일"),
    "delivery date": ("delivery date|arrival date|shipping date", "배송일|도착 예정일"),
    "expiry date": ("expiry date|expiration date|date it expires|valid-until date", "만료일|유효기간|유효 기간"),
    "best before": ("best before date|best-before|use-by date", "소비기한|유통기한"),
    "production date": ("production date|manufacturing date|date of manufacture", "제조일|제조 일자"),
    "date of birth": ("date of birth|birth date|birthday|DOB", "생년월일|생일"),
    "time": ("time|time of purchase|time of the transaction", "시간|시각"),
    "invoice number": (
        "invoice number|invoice no|number of the invoice|invoice id",
        "송장 번호|인보이스 번호|청구서 번호",
    ),
    "receipt number": ("receipt number|receipt no|number of the receipt", "영수증 번호"),
    "order number": ("order number|order id|purchase order number", "주문 번호|주문번호"),
    "customer number": ("customer number|client number|customer id", "고객 번호"),
    "account number": ("account number|bank account|IBAN", "계좌 번호|계좌번호"),
    "customer": ("customer|client|buyer|name of the customer", "고객|고객 이름|구매자"),
    "cashier": ("cashier|name of the cashier|person at the till", "계산원|담당자"),
    "table": ("table number|table no", "테이블 번호"),
    "fax": ("fax number|fax", "팩스 번호|팩스"),
    "address": ("address|postal address|street address|mailing address", "주소"),
    "company": (
        "company|company name|store name|shop name|name of the shop|seller|merchant|vendor",
        "회사 이름|회사명|상호|가게 이름",
    ),
    "name": ("name|full name|person's name|holder's name|name on it", "이름|성명"),
    "surname": ("surname|last name|family name", "성|성씨"),
    "given name": ("given name|first name|forename", "이름 부분|이름(성 제외)"),
    "sex": ("sex|gender", "성별"),
    "nationality": ("nationality|citizenship", "국적"),
    "place of birth": ("place of birth|birthplace", "출생지"),
    "id number": (
        "ID number|identity number|card's ID number|passport number|document number",
        "주민등록번호|신분증 번호|여권 번호",
    ),
    "tax number": ("tax number|tax ID|VAT number", "사업자 등록번호|사업자번호"),
    "height": ("height", "키|높이"),
    "weight": ("weight", "무게|몸무게"),
    "net weight": ("net weight|net contents|weight of the contents", "순중량|내용량"),
    "lot number": ("lot number|batch number|lot no", "로트 번호|제조 번호"),
    "serial number": ("serial number|serial no|S/N", "일련번호|시리얼 번호"),
    "model": ("model|model number|model name", "모델명|모델 번호"),
    "ingredients": ("ingredients|list of ingredients", "성분|원재료"),
    "title": ("job title|position|role of the person", "직함|직책"),
    "department": ("department|dept", "부서"),
    "subject": ("subject|subject line", "제목|건명"),
    "status": ("status|order status|payment status", "상태"),
    "payment method": ("payment method|method of payment|way of payment", "결제 수단|결제 방법|지불 방법"),
}
ENTITIES = {
    "email": ("email address/email addresses|e-mail address/e-mail addresses|email/emails|mail address/mail addresses", "이메일 주소|이메일|메일 주소"),
    "phone": ("phone number/phone numbers|telephone number/telephone numbers|mobile number/mobile numbers|phone/phones", "전화번호|휴대폰 번호|연락처"),
    "url": ("website/websites|web address/web addresses|URL/URLs|link/links", "웹사이트|홈페이지 주소|링크"),
    "date": ("date/dates", "날짜"),
    "time": ("time/times|clock time/clock times", "시간|시각"),
    "money": ("price/prices|amount of money/amounts of money|money amount/money amounts|dollar amount/dollar amounts", "금액|가격"),
    "number": ("number/numbers|figure/figures", "숫자"),
    "card number": ("card number/card numbers|credit card number/credit card numbers|credit card/credit cards", "카드 번호|신용카드 번호"),
    "id number": ("ID number/ID numbers|identity number/identity numbers|social security number/social security numbers", "주민등록번호|신분증 번호"),
}  # fmt: skip
SYLLABLES = "ba be bri bo ca ce cla cor da de dro du el en fa fi flo ga ge gri ha hel hu in ja jo ka kel kri la le li lo lu ma me mi mo na ne ni no o pa pe pri qua ra re ri ro sa se shi so sta ta te tho ti tra u va ve vi wa we xa ya yo za ze zu".split()  # fmt: skip
ENDS = "n r s t l x nd rt ston ville son man berg field dale mark tek soft ling ton ley well port ca na".split()


def _parse() -> dict[str, list[tuple[str, str, str]]]:
    table: dict[str, list[tuple[str, str, str]]] = {}
    for line in THINGS.strip().splitlines():
        category, entries = line.split(": ", 1)
        for entry in entries.split(", "):
            english, korean = entry.split("=")
            singular, _, many = english.partition("/")
            table.setdefault(category, []).append((singular, many or plural(singular), korean))
    return table


def plural(noun: str) -> str:
    """The plural of a regular noun."""
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return noun + "es"
    return noun[:-1] + "ies" if re.search(r"[^aeiou]y$", noun) else noun + "s"


CATEGORIES = _parse()


def held_out(word: str) -> bool:
    """Whether an invented word belongs to tests only: a fixed tenth by its letters."""
    return sum(ord(c) * (i + 3) for i, c in enumerate(word.lower())) % 10 == 0


class HeldOut(random.Random):
    """A source of chance whose names and texts to find are those of tests; any other never gives these."""


def listed(rng: random.Random, texts: Sequence[str]) -> str:
    """One of the texts, of those for tests or of the others."""
    return rng.choice([t for t in texts if held_out(t) == isinstance(rng, HeldOut)])


def invented(rng: random.Random) -> str:
    """A name that no one has seen: `Corvelston`, `GX-4471`, `40 mg`; those of tests never come in training."""
    while True:
        roll = rng.random()
        if roll < 0.62:
            word = "".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 3)))) + rng.choice(ENDS)
            word = word.capitalize() if rng.random() < 0.75 else (word.upper() if rng.random() < 0.3 else word)
        elif roll < 0.82:
            letters = "".join(rng.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=rng.choice((1, 2, 3))))
            word = f"{letters}{rng.choice(('-', '', ' ', '-'))}{rng.randint(2, 99999)}"
        elif roll < 0.92:
            word = f"{rng.randint(1, 999)}{rng.choice((' mg', ' ml', ' kg', '%', ' GB', ' USD', ' km', '-B'))}"
        else:
            word = str(rng.randint(10, 99999))
        if held_out(word) == isinstance(rng, HeldOut):
            return word
