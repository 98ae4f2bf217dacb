package gate

import (
	"fmt"

	"wenyuan"
	"wenyuan/internal/strict"
)

// MaxPolicy is how many bytes of a policy's file are read.
const MaxPolicy = 1 << 20

// ParsePolicy reads a policy as people write it, in YAML or JSON. What it does not know is an error that names
// it with its line. What the settings say is looked at by Check.
func ParsePolicy(data []byte) (p Policy, err error) {
	if len(data) > MaxPolicy {
		return p, &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("the policy has %d bytes, more than %d", len(data), MaxPolicy), Hint: "a policy has up to 20 parts, each with a name and some numbers"}
	}
	if err := strict.Decode(data, &p); err != nil {
		return Policy{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the policy of the gate cannot be read: %v", err), Hint: "wenyuan gate policy show default shows one that is", Err: err}
	}
	return p, nil
}
