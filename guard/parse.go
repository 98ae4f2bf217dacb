package guard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"wenyuan"
	"wenyuan/internal/strict"
)

// ParsePolicy reads a policy from JSON or YAML and fills in what is left out. A field that it does
// not know is an error. What the settings say is looked at by Validate.
func ParsePolicy(data []byte) (Policy, error) {
	if len(data) > MaxPolicy {
		return Policy{}, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the policy has %d bytes, more than %d", len(data), MaxPolicy), Hint: "keep fewer words in one set of rules"}
	}
	var p Policy
	decode := func(data []byte, p *Policy) error { return strict.Decode(data, p) }
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		decode = decodeJSON
	}
	if err := decode(data, &p); err != nil {
		return Policy{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the policy cannot be read: " + firstLine(err.Error()), Hint: "start from the policy that holds: wenyuan guard policy show", Err: err}
	}
	return p.filled(), nil
}

func decodeJSON(data []byte, p *Policy) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind its end")
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
