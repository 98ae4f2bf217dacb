package engine

import (
	"bytes"
	"encoding/json"
	"time"
)

// budgetText is a Budget as JSON has it: time as text, such as "30m" or "1h30m", as in every other file of
// settings. A number is taken for nanoseconds.
type budgetText struct {
	Time   json.RawMessage `json:"time,omitempty"`
	Tokens int64           `json:"tokens,omitempty"`
}

// MarshalJSON writes the time as text.
func (b Budget) MarshalJSON() ([]byte, error) {
	out := budgetText{Tokens: b.Tokens}
	if b.Time != 0 {
		out.Time = json.RawMessage(`"` + b.Time.String() + `"`)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the time as text or as nanoseconds. A field that is not known is an error.
func (b *Budget) UnmarshalJSON(raw []byte) error {
	in := budgetText{}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return err
	}
	out, text := Budget{Tokens: in.Tokens}, ""
	if len(in.Time) > 0 {
		err := json.Unmarshal(in.Time, &text)
		if err == nil {
			out.Time, err = time.ParseDuration(text)
		} else {
			err = json.Unmarshal(in.Time, (*int64)(&out.Time))
		}
		if err != nil {
			return err
		}
	}
	*b = out
	return nil
}
