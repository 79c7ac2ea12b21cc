"""Questions about what is written: labels and values, lines and words, entities, codes, amounts."""

from __future__ import annotations

import random
from typing import Any

from training.requests.pools import TEXTS
from training.requests.program import IMAGE, Call, Op, call
from training.requests.seeing import Pair, pick
from training.requests.sets import single, thing
from training.requests.words import ENTITIES, LABEL_WORDS, invented, listed

PAPER = "receipt|invoice|bill|form|card|document|page|letter|ticket|label|slip|statement|paper|screenshot|certificate|order|contract|sheet|package|business card|id card|passport|menu|note"
MAIN = (
    "total",
    "date",
    "invoice number",
    "company",
    "address",
    "name",
    "due date",
    "subtotal",
    "tax",
    "id number",
    "date of birth",
    "expiry date",
    "receipt number",
    "time",
)
EVENTS = {
    "date": "when was this issued|when was it bought|when was the purchase made|when was this {p} issued|what day is on the {p}|what day was it printed|when is it dated|what is it dated|on which day was this {p} made|when did they write this|when did this purchase happen|what day did I buy this",
    "due date": "when is the payment due|when do i have to pay|by when must it be paid|when is it due|what is the deadline for paying|until when can i pay|when's this bill due",
    "expiry date": "when does it expire|when does this {p} expire|until when is it valid|how long is it valid|when does the card run out|is there an expiry, and when",
    "best before": "until when can i eat this|when does this food go bad|how long does it keep|by when should i use it up",
    "total": "how much do i have to pay|how much was it|how much did it cost|how much is it in total|what did i pay|how much was paid|what does it come to|how much money do they want|how much does the {p} come to|what's the damage|how much in all|how much did they charge me|what was spent altogether|how much is due",
    "tax": "how much tax was charged|how much of it is tax|how much VAT is on it|how much tax did i pay",
    "tip": "how much did they tip|how much was the gratuity",
    "discount": "how much was taken off|how much did i save|how much was the discount",
    "change": "how much change was given|how much did they get back|how much money came back",
    "cash": "how much cash was handed over|how much cash did the customer give",
    "company": "who issued this {p}|which company is this from|which shop is it from|what store is this from|who sent the {p}|who is the seller|where was this bought|which business made this {p}|which restaurant is this {p} from",
    "name": "whose {p} is this|who does this {p} belong to|what is this person called|who is the holder|what is the person's name|what is the name on the {p}",
    "address": "where do they live|where is the company located|where is the shop|what is the street and number|where is this place located|where is it registered",
    "date of birth": "when was the person born|when was he born|when was she born|when is their birthday|how is the birthday written",
    "place of birth": "where was the person born|where was she born",
    "nationality": "what country is the person from|of which country is the holder a citizen",
    "time": "what time was it printed|at what time was it bought|at what time did they pay",
    "cashier": "who served the customer|who was at the till|who rang this up",
    "payment method": "how was it paid|was it paid by card or cash, what does the {p} say|how did they pay",
    "quantity": "how many units were ordered|how many pieces were bought|how many items does the {p} list under quantity",
    "net weight": "how much does the content weigh|how much is in the package|how heavy is the content",
    "ingredients": "what is it made of according to the label|what is in this food|what does it contain",
    "title": "what does this person do for a living|what is the person's role|what is their position",
    "delivery date": "when will it arrive|when will it be delivered|when does the parcel come",
    "subtotal": "how much is it before tax|how much without tax|what do the items come to before tax",
    "shipping": "how much is delivery|how much does shipping cost|what do they charge for delivery",
    "customer": "who was it sold to|who is this {p} billed to|who bought it",
    "surname": "what is her family name|what is the last name of the holder",
    "given name": "what is his first name|what is the first name of the holder",
}


def value(rng: random.Random) -> Pair:
    key = rng.choice(MAIN) if rng.random() < 0.55 else rng.choice(list(LABEL_WORDS))
    tree = call("text_of", call("find_value", IMAGE, key))
    paper = rng.choice(PAPER.split("|"))
    if key in EVENTS and rng.random() < 0.45:
        return pick(rng, EVENTS[key]).replace("{p}", paper), tree
    word = pick(rng, LABEL_WORDS[key][0])
    return ask(rng, word, paper), tree


def ask(rng: random.Random, word: str, paper: str) -> str:
    """Ask for a labelled value."""
    return pick(rng, (
        "what is the {w}|what is the {w}|what's the {w}|what is the {w} on this {p}|what is the {w} of this {p}|read the {w}|read me the {w}|tell me the {w}|give me the {w}|{w}|the {w}|{w} please|"
        "find the {w}|find the {w} on the {p}|which {w} does the {p} show|what does the {p} give as the {w}|i need the {w} from this {p}|look up the {w}|extract the {w}|get the {w}|"
        "what {w} is printed on the {p}|what's written under {w}|what {w} is on it|i'd like to know the {w}|do you know the {w}|show me the value of the {w}|what does it say for {w}|what does it say next to {w}|"
        "what is the {w} here|this {p}'s {w}|please read out the {w} on the {p}|can you see the {w}|which is the {w}"
    )).replace("{w}", word).replace("{p}", paper)  # fmt: skip


def quoted(rng: random.Random, text: str) -> str:
    return rng.choice((f'"{text}"', f"'{text}'", text, text, text, f'the word "{text}"', f"“{text}”"))


def wanted(rng: random.Random) -> str:
    """A text to look for."""
    text = invented(rng) if rng.random() < 0.5 else listed(rng, TEXTS["en"])
    return text.capitalize() if rng.random() < 0.12 else text.upper() if rng.random() < 0.08 else text


def searching(rng: random.Random) -> Pair:
    text = wanted(rng)
    q, paper = quoted(rng, text), rng.choice(PAPER.split("|"))
    found = call("find_text", IMAGE, text)
    roll = rng.random()
    if roll < 0.36:
        way = "which line mentions {q}|which lines mention {q}|what line says {q}|which line contains {q}|read the line with {q}|what does the line about {q} say|show the text of the line that has {q}|what does the {p} say about {q}|what is said about {q}|what's written about {q}|read me the part that mentions {q}|which sentence talks about {q}|quote the line about {q}|in which line does {q} appear|what do they say regarding {q}|give me the line where {q} stands|when is {q}|what time is {q}|what are the rules about {q}|which part is about {q}|what information is there on {q}"
        tree: Any = call("text_of", found)
    elif roll < 0.64:
        way = "does it say {q}|does the {p} say {q}|does it mention {q}|is {q} mentioned|is {q} written anywhere|is there the text {q}|does {q} appear|does {q} appear on the {p}|can you find {q} in the text|is the word {q} on this {p}|do they mention {q}|anything about {q}|is there anything about {q} on it|does it contain {q}|check if it says {q}|is {q} printed on the {p}|does it have {q} on it"
        tree = call("exists", found)
    elif roll < 0.8:
        way = "where does it say {q}|where is {q} written|where does {q} appear|find {q}|find the text {q}|find where it says {q}|locate {q} on the {p}|show me where {q} is written|point to the line that says {q}|where's {q} on this {p}|where do they mention {q}|search for {q}"
        tree = found
    elif roll < 0.92:
        way = "how many lines mention {q}|how many times does {q} appear|how often does {q} occur|how often is {q} mentioned|count the lines with {q}|how many lines contain {q}|in how many lines do you see {q}|number of times {q} is written|how many times does it say {q}"
        tree = call("count", found)
    else:
        way = "what else is in the same row as {q}|what stands next to {q} in the table|what is on the same line as {q}|what is in the row of {q}|read the rest of the row with {q}"
        tree = call("text_of", call("same_row", call("read_text", IMAGE), call("only", found)))
    return pick(rng, way).replace("{q}", q).replace("{p}", paper), tree


def items(rng: random.Random) -> Pair:
    """The value beside a label that is in no list: copied from the request."""
    text = wanted(rng)
    found = call("find_value", IMAGE, text)
    way = pick(
        rng,
        "how much is {q}|how much is the {q}|what does the {q} cost|what is the price of {q}|how much did the {q} cost|what do they charge for {q}|what's the value for {q}|what stands next to the label {q}|what is the value of {q}|what is filled in for {q}|what is entered under {q}|how much for {q}|what's the cost of the {q}|price of the {q}",
    )
    return way.replace("{q}", text if rng.random() < 0.8 else f'"{text}"'), call("text_of", found)


def lines(rng: random.Random) -> Pair:
    read = call("read_text", IMAGE, hint="lines")
    roll = rng.random()
    paper = rng.choice(PAPER.split("|"))
    if roll < 0.26:
        way = "how many lines of text are there|how many lines are there|how many text lines does the {p} have|count the lines|count the lines of text|number of lines|how many rows of text do you see|how long is the text in lines|how many lines does it have|how many printed lines are on this {p}"
        tree: Any = call("count", read)
    elif roll < 0.4:
        way = "how many words are there|count the words|how many words are on the {p}|word count|number of words in the text|how many words of text does it have|how many words can you read|how many words does this {p} contain"
        tree = call("count", call("words", read))
    elif roll < 0.62:
        way = "what does it say|read the text|read everything|read the {p}|what is written here|what's written on the {p}|transcribe this|transcribe the {p}|read it to me|give me all the text|ocr this|extract the text|what does the {p} say|what text is in the picture|read all the words on the {p}|copy out the text|text please|convert this {p} to text|what does this say"
        tree = call("text_of", read)
    elif roll < 0.72:
        way = "is there any text|is there text in the picture|is anything written here|does this {p} have writing on it|can you see any writing|is there something written on it|is it blank|any words in this picture"
        tree = call("exists", read)
        if "blank" in (way := pick(rng, way)):
            tree = Op("not", None, tree)
    elif roll < 0.9:
        n = rng.choice((1, 1, -1, -1, 2, 3, 4, 5, 6, 7, 8, 10))
        words = {
            1: "first|top",
            -1: "last|final",
            2: "second|2nd",
            3: "third|3rd",
            4: "fourth|4th",
            5: "fifth|5th",
            6: "sixth",
            7: "seventh",
            8: "eighth|8th",
            10: "tenth|10th",
        }
        way = f"what is the {pick(rng, words[n])} line|read the {pick(rng, words[n])} line|what does the {pick(rng, words[n])} line say|{pick(rng, words[n])} line of the {{p}}|what stands in the {pick(rng, words[n])} line"
        if n > 1:
            way += f"|read line {n}|what does line number {n} say|what's on line {n}"
        if n == 1:
            way += "|what is the heading|what is the headline|what's the title of this {p}|how does the text begin"
        if n == -1:
            way += "|how does the text end|what is at the very end of the text|what does the bottom line say"
        one = call("first", read) if n == 1 else call("last", read) if n == -1 else call("nth", read, n)
        tree = call("text_of", one)
    else:
        how, way = rng.choice(
            (
                (
                    "largest",
                    "what is the largest text|what does the biggest line say|read the largest text|what's written in the biggest letters",
                ),
                ("smallest", "what does the smallest line say|read the smallest text|what's in the fine print"),
            )
        )
        tree = call("text_of", call(how, read))
    return pick(rng, way).replace("{p}", paper), tree


def on_things(rng: random.Random) -> Pair:
    """Text, codes and entities that stand on a thing."""
    s = thing(rng, plain=0.6, category=rng.choice(("object", "clothing", "vehicle", "place", "kitchen")))
    read = call("inside", call("read_text", IMAGE), single(s))
    roll = rng.random()
    if roll < 0.7:
        way = f"what does {s.the_one} say|what is written on {s.the_one}|read the text on {s.the_one}|what text is on {s.the_one}|read what's on {s.the_one}|what's printed on {s.the_one}|which words are on {s.the_one}|what is the writing on {s.the_one}|tell me what {s.the_one} says"
        return pick(rng, way), call("text_of", read)
    if roll < 0.85:
        way = f"is there any text on {s.the_one}|is something written on {s.the_one}|does {s.the_one} have writing on it|does {s.the_one} have text on it"
        return pick(rng, way), call("exists", read)
    return pick(
        rng,
        f"how many lines of text are on {s.the_one}|how many lines does {s.the_one} have written on it|count the lines on {s.the_one}",
    ), call("count", read)


def entities(rng: random.Random) -> Pair:
    kind = rng.choices(list(ENTITIES), (8, 8, 5, 4, 2, 5, 3, 3, 3))[0]
    one, _, many = rng.choice(ENTITIES[kind][0].split("|")).partition("/")
    found, paper = call("find_entities", IMAGE, kind), rng.choice(PAPER.split("|"))
    roll = rng.random()
    if roll < 0.3 and kind in ("email", "phone", "url", "card number"):
        contact = {
            "phone": "|how can i call them|what number do i call|which number should i dial|how do i reach them by phone|what is their telephone|what's the mobile",
            "email": "|where can i write an email to|what is their mail|how do i reach them by email|what's the email|what address do i mail",
            "url": "|what is their homepage|what site is on the {p}|which web page is given|what is the web site",
        }
        return ask(rng, one, paper) if rng.random() < 0.7 or kind == "card number" else pick(
            rng, contact[kind][1:]
        ).replace("{p}", paper), call("text_of", the_value(kind, found))
    if roll < 0.55:
        way = f"how many {many} are there|how many {many} are on the {paper}|count the {many}|how many {many} do you see|number of {many}|how many different {many} are listed|how many {many} does it list"
        return pick(rng, way), call("count", found)
    if roll < 0.75:
        way = f"is there an {one}|is there any {one}|does it have a {one}|does the {paper} show a {one}|are there any {many}|can you find a {one}|is a {one} given|does it contain {many}|any {many} on here"
        return pick(rng, way).replace("an p", "a p").replace("a e", "an e").replace("a I", "an I").replace(
            "a U", "a U"
        ), call("exists", found)
    if roll < 0.9:
        way = f"list all {many}|list the {many}|read all the {many}|what {many} are there|which {many} are on the {paper}|which {many} do you see|extract all {many}|give me every {one}|what are the {many}|tell me all the {many} on it"
        return pick(rng, way), call("text_of", found)
    return pick(
        rng,
        f"find all {many}|where are the {many}|show me the {many}|where is the {one}|locate every {one}|find the {many} on the {paper}",
    ), found


def the_value(kind: str, found: Call) -> Call:
    """Of an e-mail address, phone number or site that is asked for as one: the page's own, not every one (a fax too)."""
    key = {"email": "email", "phone": "phone", "url": "website"}.get(kind)
    return call("find_value", IMAGE, key) if key else found
