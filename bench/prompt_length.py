"""How many tokens a planner's prompt takes, for each tokenizer.

    python -m bench.prompt_length [FOLDER...]

Without folders, for the embedded planner's tokenizer; a folder holds a tokenizer in the transformers layout.
"""

from __future__ import annotations

import sys
from typing import Any

from agent.embedded import load_tokenizer, wheel_gguf
from agent.prompting import FewShotPrompt, Request, TunedPrompt
from tools.core import registered

REQUESTS = {"English": "How many red cups are on the table?", "Korean": "탁자 위에 빨간 컵이 몇 개야?"}


def main() -> None:
    tokenizers: dict[str, Any] = {}
    if sys.argv[1:]:
        from transformers import AutoTokenizer

        for folder in sys.argv[1:]:
            tokenizers[folder] = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    else:
        tokenizers["SmolLM2-135M-Instruct"] = load_tokenizer(wheel_gguf())
    for name, tokenizer in tokenizers.items():
        for language, text in REQUESTS.items():
            request = Request(text, {"image": "Image"})
            tuned, shots = (len(p.tokens(tokenizer, request)) for p in (TunedPrompt(), FewShotPrompt(registered())))
            print(f"{name}: {language} request: tuned prompt {tuned} tokens, few-shot prompt {shots} tokens")


if __name__ == "__main__":
    main()
