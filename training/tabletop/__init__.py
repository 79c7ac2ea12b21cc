"""The tabletop world: rendered scenes in the style of CLEVR, their phrases, and new pictures made from them."""
