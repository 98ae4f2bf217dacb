package item

import (
	"encoding/json"
	"errors"
)

// Texts are what a file of questions may say as one text, a list of texts, or a list of lists of texts. A number in the
// place of one text counts as it is written.
type Texts struct {
	Groups [][]string // a text at the top, or in the list, is a group of its own
	Nested bool       // there was a list in the list
}

// errTexts is what is none of the three forms.
var errTexts = errors.New("neither a text nor a list of texts, nor a list of such lists")

// UnmarshalJSON accepts the three forms; null is no text.
func (t *Texts) UnmarshalJSON(data []byte) error {
	*t = Texts{}
	var one string
	var number json.Number
	var parts []json.RawMessage
	switch {
	case string(data) == "null":
		return nil
	case json.Unmarshal(data, &one) == nil:
		t.Groups = [][]string{{one}}
		return nil
	case json.Unmarshal(data, &number) == nil:
		t.Groups = [][]string{{number.String()}}
		return nil
	case json.Unmarshal(data, &parts) != nil:
		return errTexts
	}
	for _, p := range parts {
		var one string
		var several []string
		switch {
		case json.Unmarshal(p, &one) == nil:
			t.Groups = append(t.Groups, []string{one})
		case json.Unmarshal(p, &several) == nil:
			t.Groups, t.Nested = append(t.Groups, several), true
		default:
			return errTexts
		}
	}
	return nil
}

// Together are the texts with those of a plain list as one group: alternatives of one answer, or passages that
// belong together.
func (t Texts) Together() [][]string {
	if t.Nested || len(t.Groups) == 0 {
		return t.Groups
	}
	var all []string
	for _, g := range t.Groups {
		all = append(all, g...)
	}
	return [][]string{all}
}
