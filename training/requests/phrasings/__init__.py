"""Requests in people's own words: files of phrasings with slots, and what fills the slots.

A file of this folder (`counting.txt`, `ko_edits.txt`) holds families and lines, a request and its program each:

    [counting]
    how many {thing:s} (are there|do you see)  =>  answer(count(detect(image, "{thing}")))
    (is|are) {person1:a} and {person2:a} ...   =>  two = detect(image, "{person1}") ; answer(...)

`(a|b|)` is a choice of wordings, `;` parts statements, `2 pictures:` before a line names image1 and image2. Slots are
drawn by slots.py. The program is rewritten in its one canonical form, then checked like every other.
"""

from training.requests.phrasings.lines import Phrasing, check, phrasings

__all__ = ["Phrasing", "check", "phrasings"]
