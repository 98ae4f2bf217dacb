package form

import "slices"

// A Format is one in which rows come and go.
type Format string

// The formats. All are JSON, a row a line, or one list of rows.
const (
	Own              Format = "wenyuan"           // a Row
	OpenAI           Format = "openai"            // {"messages": [...]}, with tools; TRL's messages are the same
	OpenAIPreference Format = "openai-preference" // {"input": {"messages"}, "preferred_output", "non_preferred_output"}
	TRL              Format = "trl"               // {"prompt", "completion"}, {"prompt", "chosen", "rejected"}, {"prompt", "completion", "label"}; texts or messages
	Alpaca           Format = "alpaca"            // {"instruction", "input", "output", "system", "history"}; chosen and rejected, kto_tag
	ShareGPT         Format = "sharegpt"          // {"conversations": [{"from", "value"}], "system", "tools"}; chosen and rejected, kto_tag
)

// Formats are all of them.
func Formats() []Format { return []Format{Own, OpenAI, OpenAIPreference, TRL, Alpaca, ShareGPT} }

// Known says whether there is such a format.
func (f Format) Known() bool { return slices.Contains(Formats(), f) }
