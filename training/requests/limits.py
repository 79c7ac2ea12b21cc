"""Requests outside of what the tools can do, with the reason for each, and questions about several pictures."""

from __future__ import annotations

import random
from typing import Any

from training.requests.pools import TEXTS
from training.requests.program import Call, Name, Op, call
from training.requests.seeing import pick
from training.requests.sets import thing
from training.requests.words import ENTITIES, LABEL_WORDS, invented, listed

OUTSIDE = {
    "no tool for this": (
        "play the music in the picture|translate the page into french|translate this text to spanish|send this picture to my mother|email this to {n}|print this picture|save it to the cloud|post this on instagram|make the {t} bigger|"
        "make the picture brighter|increase the contrast|change the color of the {t} to {c}|paint the {t} {c}|turn the {t} {c}|move the {t} to the left|swap the {t} and the {u}|add a {t}|put a {t} next to the {u}|put a hat on the {t}|"
        "make him smile|replace the {t} with a {u}|replace the background with a beach|write my name on it|add the text {n}|sharpen the photo|make it look older|upscale the image|resize it to 800 pixels|convert it to pdf|"
        "how heavy is the {t}|how many meters wide is the {t}|what does the {t} smell like|what sound does it make|how far away is the {t} in meters|what temperature is it|read it out loud|compress the file|rename the file|"
        "order this for me|pay this bill|call this number|open the link|add this to my calendar|set a reminder for the due date|add a filter|make it a video|animate the {t}|turn it into a sticker pack|flip it horizontally|mirror the picture|"
        "increase the saturation|fill in the form|sign it for me|change the total to 500|correct the spelling in the text|make the text larger|straighten the {t}|warp the picture|stretch it|merge the two photos"
    ),
    "needs outside knowledge": (
        "how much is the {t} worth today|where can i buy this {t}|is this a good price|what is the exchange rate|who invented the {t}|when was this building built|what is the history of this {u}|is this company trustworthy|"
        "how many calories does the {t} have|is this mushroom poisonous|what will the stock price be|how do i repair the {t}|what is the phone number of the nearest hospital|who won the game|what is the weather tomorrow|"
        "which year was this {t} model first sold|what is the recipe for this|how much does this car cost new|what is the population of this city|is this legal|who is the ceo of this company|how long does it take to fly there|"
        "is this medicine safe with alcohol|what should i invest in|how do i get to this place|is {n} a real company|what do reviews say about this restaurant|is the shop open right now according to the internet|how old is the {u} species|what is the scientific name of this plant|how many of these were produced worldwide"
    ),
    "identifies a person": (
        "who is this man|who is this|who is the woman in the photo|what is the name of the person in the photo|is this {n}|who are these people|is that a celebrity|do you recognize this person|identify the person|which actor is this|"
        "who is the man on the left|tell me who she is|find out who this is|is this the president|whose face is this|who is standing next to the {t}|is he famous|name the people in this picture|do you know him|which politician is shown|"
        "is the guy with the {t} a famous singer|find this person's facebook|what is her instagram|is this my neighbor|match this face to a name|who's the kid in front|is it the same person as in the news"
    ),
    "makes a new picture": (
        "draw a {t}|generate a picture of a {t}|create an image of a {c} {t}|paint me a {t}|make a picture of a {t} on a {u}|imagine a {t} in space|design a logo for {n}|draw a map|create a poster for a concert|generate a landscape|"
        "make a cartoon of me|turn this into an oil painting|turn it into an anime|make it look like van gogh|sketch this scene|render a {t} in 3d|produce a new photo with a {t}|make a meme about {t}|give me a picture of a {t} instead|create art|"
        "invent a new {t} and draw it|show me what it would look like in winter|show what this room would look like with a {t}|generate a similar image|make a drawing of a {t}|illustrate a story about a {t}"
    ),
    "not about the picture": (
        "what is the capital of {n}|what is 12 times 8|tell me a joke|how are you|write a poem about love|what time is it now|who are you|hello|hi there|good morning|thank you|thanks, bye|what can you do|sing a song|write python code|"
        "what is the meaning of life|solve x squared equals 4|when was napoleon born|what is your name|how do i cook rice|recommend a movie|what is machine learning|write an email to my boss|help me with my homework|what day is it today|"
        "book a flight to {n}|do you love me|give me advice|how tall is mount everest|spell banana|what's 15% of 240|are you human|translate hello into german|define photosynthesis|who wrote hamlet|ok|lol|i am bored|tell me a story|how does a car engine work|play a game with me"
    ),
    "unclear request": (
        "do it|that one|the other|fix it|make it better|more|again|and now|what about it|hmm|please|asdf|??|can you|the thing|yes|no|this|change it|not that|same as before|undo|do something|go|improve|it|i want|help|"
        "something is wrong|look|the the|blah blah|qwerty zxcv|x|left|how|why|what|and the other one too|like last time|...|make it nice|do the usual|handle this|ok do that"
    ),
}


def outside(rng: random.Random) -> tuple[str, str]:
    """A request to decline, and the reason."""
    reason = rng.choices(list(OUTSIDE), (7, 4, 3, 4, 4, 2))[0]
    way = pick(rng, OUTSIDE[reason])
    names = {
        "{t}": thing(rng, plain=0.8).one,
        "{u}": thing(rng, plain=1.0).one,
        "{c}": rng.choice(("red", "blue", "pink", "green", "golden")),
        "{n}": invented(rng),
    }
    for slot, word in names.items():
        way = way.replace(slot, word)
    return way, reason


def several(rng: random.Random) -> tuple[str, Any, int]:
    """A question about two or three pictures."""
    names = [Name("image1"), Name("image2")]
    one = rng.choice(
        "image 1|the first picture|the first image|picture 1|the left picture|the first one|image1".split("|")
    )
    two = rng.choice(
        "image 2|the second picture|the second image|picture 2|the other picture|the second one|image2".split("|")
    )
    roll = rng.random()
    a = thing(rng)
    phrase = a.phrase
    count1, count2 = (call("count", call("detect", n, phrase)) for n in names)
    if roll < 0.22:
        sign, way = rng.choice(
            (
                (
                    ">",
                    "are there more {s} in {1} than in {2}|does {1} have more {s} than {2}|does {1} show more {s} than {2}",
                ),
                ("<", "are there fewer {s} in {1} than in {2}|does {1} have fewer {s} than {2}"),
                (
                    "==",
                    "do both pictures have the same number of {s}|are there as many {s} in {1} as in {2}|is the number of {s} the same in both|do {1} and {2} show equally many {s}",
                ),
            )
        )
        tree: Any = Op(sign, count1, count2)
    elif roll < 0.32:
        way, tree = (
            "how many {s} are there in both pictures together|how many {s} in total over the two images|count the {s} in both pictures|how many {s} are in {1} and {2} together",
            Op("+", count1, count2),
        )
    elif roll < 0.4:
        way, tree = (
            "how many more {s} are in {1} than in {2}|how many more {s} does {1} have than {2}",
            Op("-", count1, count2),
        )
    elif roll < 0.55:
        i = rng.randrange(2)
        tool, way = rng.choice(
            (
                ("count", "how many {s} are in {p}|count the {s} in {p}|how many {s} does {p} show"),
                ("exists", "is there {a} in {p}|does {p} show {a}|are there any {s} in {p}"),
            )
        )
        way = way.replace("{p}", (one, two)[i])
        tree = call(tool, call("detect", names[i], phrase))
    elif roll < 0.63:
        exist = [call("exists", call("detect", n, phrase)) for n in names]
        sign, way = rng.choice(
            (
                (
                    "and",
                    "is there {a} in both pictures|do both images show {a}|does {a} appear in both|are there {s} in both pictures",
                ),
                (
                    "or",
                    "is there {a} in either picture|does {a} appear in any of the two|is there {a} in {1} or in {2}",
                ),
            )
        )
        tree = Op(sign, *exist)
    elif roll < 0.8:
        key = rng.choice(list(LABEL_WORDS))
        word = pick(rng, LABEL_WORDS[key][0])
        texts = [call("text_of", call("find_value", n, key)) for n in names]
        if rng.random() < 0.6:
            sign, way = rng.choice(
                (
                    (
                        "==",
                        f"is the {word} the same in both|do both have the same {word}|is the {word} on {{1}} the same as on {{2}}|do {{1}} and {{2}} agree on the {word}|does the {word} match|are the {word}s identical",
                    ),
                    (
                        "!=",
                        f"is the {word} different|does the {word} differ between the two|do the two have different {word}s|is there a difference in the {word}",
                    ),
                )
            )
            tree = Op(sign, *texts)
        else:
            i = rng.randrange(2)
            way, tree = (
                f"what is the {word} in {{p}}|what is the {word} on {{p}}|read the {word} in {{p}}".replace(
                    "{p}", (one, two)[i]
                ),
                texts[i],
            )
    elif roll < 0.88:
        key = rng.choice(("total", "subtotal", "tax", "price", "quantity"))
        word = pick(rng, LABEL_WORDS[key][0])
        numbers: list[Call] = [call("number_of", call("only", call("find_value", n, key))) for n in names]
        sign, way = rng.choice(
            (
                (">", f"is the {word} in {{1}} higher than in {{2}}|is {{1}}'s {word} more than {{2}}'s"),
                ("<", f"is the {word} in {{1}} lower than in {{2}}"),
                (
                    "-",
                    f"what is the difference in {word} between {{1}} and {{2}}|by how much is the {word} higher in {{1}} than in {{2}}",
                ),
                (
                    "+",
                    f"what is the {word} of both together|add the {word}s of the two pictures|what do both {word}s come to",
                ),
            )
        )
        tree = Op(sign, *numbers)
    elif roll < 0.94:
        i = rng.randrange(2)
        way, tree = rng.choice(
            (
                ("what does {p} say|read the text in {p}", call("text_of", call("read_text", names[i]))),
                ("describe {p}|what is in {p}", call("describe", names[i])),
                ("what does the QR code in {p} say", call("text_of", call("read_codes", names[i]))),
                ("blur the faces in {p}", call("blur", names[i], call("detect", names[i], "face"))),
                (
                    "black out the email addresses in {p}",
                    call("redact", names[i], call("find_entities", names[i], "email")),
                ),
            )
        )
        way = way.replace("{p}", (one, two)[i])
    else:
        text = listed(rng, TEXTS["en"])
        kind = rng.choice(list(ENTITIES)[:6])
        many = rng.choice(ENTITIES[kind][0].split("|")).split("/")[1]
        found = [call("exists", call("find_text", n, text)) for n in names]
        way, tree = rng.choice(
            (
                (
                    f"do both mention {text}|does it say {text} in both|is {text} written in both pictures",
                    Op("and", *found),
                ),
                (f"does any of the two mention {text}|is {text} in one of the pictures", Op("or", *found)),
                (
                    f"how many {many} are in both together",
                    Op("+", *(call("count", call("find_entities", n, kind)) for n in names)),
                ),
            )
        )
    words = pick(rng, way).replace("{1}", one).replace("{2}", two)
    return words.replace("{s}", a.many).replace("{a}", a.a), tree, 2
