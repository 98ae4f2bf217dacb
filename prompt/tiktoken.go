package prompt

import "wenyuan"

// TiktokenFor gives the tokenizer with one of tiktoken's names ("o200k_base",
// "cl100k_base", ...); false where there is none.
func TiktokenFor(name string) (wenyuan.Tokenizer, bool) { panic("being built") }

// Estimate is the tokenizer for models whose own is not known.
var Estimate wenyuan.Tokenizer
