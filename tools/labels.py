"""Printed labels that mean the same: "Amount due", "Grand total" and "TOTAL" are all `total`.

The keys are the closed list that a planner may write for a Label without its standing in the request. Support for
tools.values; the lists hold labels as they are printed on receipts, invoices, forms and identity cards, in English,
Malay, German, French, Spanish and Korean. KINDS says what kind of value belongs to a key; other keys have text.
"""

from __future__ import annotations

from functools import cache

from tools.text_match import fold

LABELS: dict[str, tuple[str, ...]] = {
    "total": (
        "total", "grand total", "amount due", "total due", "balance due", "total amount", "total amount due",
        "total payable", "amount payable", "nett total", "net total", "total incl gst", "total inclusive of gst",
        "total inc gst", "total sales inclusive gst", "total sales incl gst", "total amt", "total to pay",
        "total price", "total sales", "total amount payable", "net amount", "nett amount", "nett amt",
        "total rounded", "rounded total", "total after rounding", "total sale", "bill total", "order total",
        "invoice total", "total incl tax", "total rm", "amount", "amount to pay", "please pay", "to pay",
        "total incl sst", "total paid", "net payable", "total bill", "total after adj", "total with gst",
        "total nett", "jumlah", "jumlah besar", "gesamt", "gesamtbetrag", "summe", "total ttc", "importe total",
        "합계", "총액", "총 합계", "합계금액", "총금액", "결제금액", "청구금액", "받을금액", "총계",
        "total general", "montant total", "a payer", "zu zahlen", "endbetrag", "totaal", "totale",
    ),
    "subtotal": (
        "subtotal", "sub total", "sub-total", "total before tax", "net subtotal", "total excl gst",
        "total excluding gst", "total exclusive of gst", "total exc gst", "taxable amount", "total excl tax",
        "amount before tax", "zwischensumme", "sous total", "소계", "공급가액", "과세금액", "total ht",
        "nettobetrag",
    ),
    "tax": (
        "tax", "gst", "vat", "sales tax", "service tax", "sst", "total gst", "total tax", "gst amount",
        "tax amount", "vat amount", "gst payable", "add gst", "mwst", "ust", "tva", "iva", "부가세", "세금",
        "부가가치세", "tax total", "gst amt",
    ),
    "tip": ("tip", "gratuity", "service charge", "svc chg", "service chg", "trinkgeld", "봉사료"),
    "discount": (
        "discount", "disc", "total discount", "less discount", "rebate", "savings", "total savings", "diskaun",
        "rabatt", "remise", "할인", "할인금액",
    ),
    "rounding": (
        "rounding", "rounding adj", "rounding adjustment", "round adj", "rounding adjusment", "rounding amt",
        "bill rounding", "round off", "rounding off", "pembundaran",
    ),
    "cash": (
        "cash", "cash tendered", "tendered", "cash received", "amount tendered", "paid", "payment", "amount paid",
        "cash paid", "tunai", "bar", "especes", "efectivo", "현금", "받은금액", "amount received", "cash payment",
        "received",
    ),
    "change": (
        "change", "change due", "balance", "cash change", "baki", "change amount", "ruckgeld", "rendu", "cambio",
        "거스름돈", "거스름", "change given",
    ),
    "shipping": ("shipping", "delivery", "postage", "freight", "delivery fee", "shipping cost", "versand", "배송비"),
    "price": (
        "price", "unit price", "price each", "u/price", "rate", "harga", "unit cost", "preis", "einzelpreis",
        "prix", "단가", "가격", "금액",
    ),
    "amount": ("amount", "amt", "line total", "total price", "betrag", "montant", "importe", "금액"),
    "quantity": (
        "quantity", "qty", "total qty", "total quantity", "no of items", "item count", "items", "total items",
        "pcs", "units", "kuantiti", "menge", "anzahl", "quantite", "cantidad", "수량",
    ),
    "date": (
        "date", "invoice date", "date of issue", "issue date", "issued", "issued on", "bill date", "receipt date",
        "order date", "transaction date", "trans date", "date time", "date & time", "dated", "tarikh", "datum",
        "fecha", "날짜", "일자", "거래일시", "발행일", "일시", "발급일", "sales date", "doc date", "document date",
        "inv date", "print date", "printed", "trx date", "rechnungsdatum", "date of invoice", "purchase date",
        "거래일자", "판매일", "iss", "iss date", "date issued",
    ),
    "due date": (
        "due date", "payment due", "due", "due on", "pay by", "payment due date", "due by", "fallig am",
        "zahlbar bis", "납부기한", "지급기한", "마감일", "date due",
    ),
    "delivery date": ("delivery date", "delivered on", "ship date", "shipped on", "lieferdatum", "배송일"),
    "expiry date": (
        "expiry date", "date of expiry", "expires", "expiry", "exp", "exp date", "expiration date", "valid until",
        "valid thru", "valid to", "expires on", "good thru", "gultig bis", "date d'expiration", "유효기간",
        "만료일", "tarikh luput", "valid through", "caducidad", "expiration", "validez",
        "valido hasta", "fecha de caducidad",
        "scadenza", "data di scadenza", "validade", "data de validade", "termin waznosci", "geldig tot", "expira",
        "valid till", "validity", "tempoh", "masa berlaku", "kehtiv kuni", "date d'expiration", "적성검사 기간",
        "적성검사", "expire", "exp dt",
    ),
    "best before": (
        "best before", "best before end", "use by", "bb", "bbe", "best by", "best if used by", "sell by",
        "consume before", "mindestens haltbar bis", "소비기한", "유통기한", "exp", "expiry date",
    ),
    "production date": (
        "production date", "mfg", "mfg date", "manufactured", "date of manufacture", "packed on", "prod date",
        "mfd", "제조일자", "제조일", "packed",
    ),
    "date of birth": (
        "date of birth", "birth date", "dob", "born", "d.o.b", "born on", "birthdate", "birthday", "geburtsdatum",
        "geburtstag", "date de naissance", "fecha de nacimiento", "tarikh lahir", "생년월일",
        "né(e) le", "né le", "data di nascita",
        "data de nascimento", "data urodzenia", "geboortedatum", "fodelsedatum", "birth",
    ),
    "time": ("time", "masa", "uhrzeit", "heure", "hora", "시간", "start time", "departure", "departs", "시각"),
    "invoice number": (
        "invoice number", "invoice no", "invoice #", "invoice", "inv no", "inv", "inv #", "bill no", "bill number",
        "bill #", "tax invoice no", "invoice id", "rechnungsnummer", "rechnung nr", "facture no", "no invois",
        "doc no", "document no", "송장번호", "계산서번호", "facture", "rechnung", "factura",
    ),
    "receipt number": (
        "receipt number", "receipt no", "receipt #", "receipt", "rcpt no", "slip no", "slip", "check no", "check",
        "check #", "transaction no", "trans no", "trx no", "transaction id", "no resit", "영수증번호", "승인번호",
        "거래번호", "trans", "bill no", "chk", "ticket no", "ticket", "receipt id",
    ),
    "order number": (
        "order number", "order no", "order #", "order id", "order", "po number", "po no", "po #", "purchase order",
        "bestellnummer", "주문번호", "pedido", "booking reference", "reference", "reference no", "ref no", "ref",
    ),
    "customer number": (
        "customer number", "customer no", "customer id", "account number", "account no", "member no",
        "kundennummer", "member id", "고객번호", "acc no", "client no",
    ),
    "account number": ("account number", "account no", "acc no", "a/c no", "iban", "kontonummer", "계좌번호"),
    "customer": (
        "customer", "customer name", "bill to", "billed to", "sold to", "client", "ship to", "invoice to", "kunde",
        "고객", "고객명", "buyer", "m/s", "attn", "to", "구매자", "귀하",
    ),
    "cashier": (
        "cashier", "served by", "server", "staff", "clerk", "operator", "salesperson", "kasir", "juruwang",
        "waiter", "담당자", "cashier name", "sales person", "담당", "캐셔",
    ),
    "table": ("table", "table no", "table #", "meja", "tisch", "테이블"),
    "phone": (
        "phone", "telephone", "tel", "tel no", "telephone no", "phone no", "mobile", "cell", "hp", "h/p",
        "mobile no", "contact", "contact no", "phone number", "call us", "hotline", "telefon", "t", "m", "전화",
        "전화번호", "휴대폰", "연락처", "handphone", "ph", "대표전화", "telefono", "direct",
    ),
    "fax": ("fax", "fax no", "fax number", "f", "faks", "팩스", "telefax"),
    "email": ("email", "e-mail", "e", "mail", "email address", "emel", "이메일", "전자우편", "correo"),
    "website": ("website", "web", "url", "homepage", "site", "w", "홈페이지", "laman web", "webseite"),
    "address": (
        "address", "addr", "alamat", "adresse", "anschrift", "direccion", "주소", "residence", "place of residence",
        "home address", "소재지", "사업장주소", "location",
    ),
    "company": (
        "company", "company name", "business name", "seller", "vendor", "merchant", "store", "shop", "from",
        "supplier", "store name", "firma", "상호", "상호명", "회사명", "매장명", "가맹점명", "organisation",
        "organization", "syarikat",
    ),
    "name": (
        "name", "full name", "nama", "nombre", "성명", "이름", "name of holder", "holder", "nom et prenom",
        "cardholder", "patient name", "student name", "employee name",
    ),
    "surname": ("surname", "last name", "family name", "nachname", "apellidos", "apellido", "nom", "성", "ln"),
    "given name": (
        "given name", "given names", "first name", "vorname", "prenom", "prenoms", "nombres", "vornamen",
        "forename", "forenames", "fn",
    ),
    "sex": ("sex", "gender", "jantina", "geschlecht", "sexe", "sexo", "성별"),
    "nationality": (
        "nationality", "citizenship", "warganegara", "staatsangehorigkeit", "nationalite", "nacionalidad", "국적",
    ),
    "place of birth": (
        "place of birth", "birthplace", "geburtsort", "lieu de naissance", "lugar de nacimiento", "tempat lahir",
        "출생지",
    ),
    "id number": (
        "id number", "id no", "identity number", "identity no", "personal no", "personal number", "card no",
        "card number", "document no", "document number", "passport no", "passport number", "licence no",
        "license no", "nric", "ic no", "no kad pengenalan", "ausweisnummer", "dni", "주민등록번호", "등록번호",
        "면허번호", "여권번호", "id", "dl no", "lic no", "employee id", "student id", "personal code",
        "license number", "licence number", "dln", "dl number", "identity card number", "no pengenalan",
        "identification no", "dl", "personal id", "code personnel",
    ),
    "tax number": (
        "tax number", "tax id", "gst reg no", "gst no", "gst id", "gst id no", "vat no", "vat number", "vat reg no",
        "tax registration no", "ust id", "사업자번호", "사업자등록번호", "company no", "reg no", "co reg no",
        "business reg no", "roc no", "company reg no", "abn", "ein", "tin", "sst no", "sst id no",
    ),
    "height": ("height", "hgt", "grosse", "taille", "키", "신장"),
    "weight": ("weight", "wgt", "gewicht", "poids", "체중", "중량"),
    "net weight": (
        "net weight", "net wt", "nett weight", "net", "net contents", "contents", "nettogewicht", "poids net",
        "berat bersih", "내용량", "순중량", "netto", "net volume", "volume", "weight",
    ),
    "lot number": (
        "lot number", "lot no", "lot", "batch", "batch no", "batch number", "charge", "로트", "로트번호",
        "제조번호", "lot #",
    ),
    "serial number": ("serial number", "serial no", "s/n", "sn", "serial", "seriennummer", "일련번호", "시리얼번호"),
    "model": ("model", "model no", "model number", "모델", "모델명", "type"),
    "ingredients": ("ingredients", "zutaten", "ingredienti", "원재료명", "성분", "ramuan"),
    "title": ("title", "position", "job title", "직함", "직책", "직위"),
    "department": ("department", "dept", "division", "부서", "abteilung"),
    "subject": ("subject", "re", "betreff", "objet", "제목", "concerning"),
    "status": ("status", "상태"),
    "payment method": (
        "payment method", "payment type", "paid by", "payment mode", "pay by", "tender", "결제수단", "결제방법",
        "zahlungsart", "mode of payment",
    ),
}  # fmt: skip

_KEYS_OF_KIND = {
    "money": (
        "total", "subtotal", "tax", "tip", "discount", "rounding", "cash", "change", "shipping", "price", "amount",
    ),
    "date": ("date", "due date", "delivery date", "expiry date", "best before", "production date", "date of birth"),
    "code": (
        "invoice number", "receipt number", "order number", "customer number", "account number", "id number",
        "tax number", "lot number", "serial number", "table",
    ),
    "number": ("quantity",),
    "time": ("time",),
    "phone": ("phone", "fax"),
    "email": ("email",),
    "url": ("website",),
    "measure": ("net weight", "weight", "height"),
    "sex": ("sex",),
}  # fmt: skip
KINDS = {key: kind for kind, keys in _KEYS_OF_KIND.items() for key in keys}


@cache
def _keys_by_fold() -> dict[str, str]:
    """Every key itself first, then every synonym, the first key that lists it."""
    found: dict[str, str] = {}
    for key in LABELS:
        found.setdefault(fold(key, False).text, key)
    for key, synonyms in LABELS.items():
        for synonym in synonyms:
            found.setdefault(fold(synonym, False).text, key)
    return found


def canonical(label: str) -> str | None:
    """The key that a label means ("Grand Total:" means "total"), or None for a label of the page's own."""
    text = label.strip().rstrip(":").lower()
    text = text.removeprefix("the ")
    return _keys_by_fold().get(fold(text, False).text)
