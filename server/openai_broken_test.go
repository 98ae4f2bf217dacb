package server_test

import (
	"strings"
	"testing"

	"wenyuan/gateway/gatewaytest"
)

// TestBrokenBeforeAnythingWasShown: a stream that breaks off while the guards still hold what came is
// asked for again; the client sees one good answer.
func TestBrokenBeforeAnythingWasShown(t *testing.T) {
	t.Parallel()
	h, model := formHouse(t, gatewaytest.EndEarly("It is"), gatewaytest.RefuseMidway(gatewaytest.Broken, "It is"), gatewaytest.Say("It is ", "kept for 400 days."))
	_, text := h.send(t, "POST", "/v1/chat/completions", `{"model": "plain", "stream": true, "messages": [{"role": "user", "content": "How long?"}]}`)
	if got := said(t, text, true); got != "It is kept for 400 days." || strings.Contains(text, `"error"`) || len(model.Requests()) != 3 {
		t.Errorf("%q after %d calls: %s", got, len(model.Requests()), text)
	}
}
