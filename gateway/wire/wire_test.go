package wire_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"wenyuan/gateway/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "sk-secret-4711"

func TestKeyStaysOutOfLogs(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	c := wire.Config{Name: "house", URL: "http://x", Key: secret}
	slog.New(slog.NewJSONHandler(&b, nil)).Info("models", "model", c)
	slog.New(slog.NewTextHandler(&b, nil)).Info("models", "model", c)
	fmt.Fprintf(&b, "%v %+v %#v", c, c, c)
	data, err := json.Marshal(c)
	if err != nil || strings.Contains(b.String()+string(data), secret) {
		t.Errorf("the key is in %s %s (%v)", b.String(), data, err)
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"http://127.0.0.1:8080/v1": true, "https://models.corp": true,
		"127.0.0.1:8080": false, "ftp://x": false, "": false, "http://": false, "http://u:p@x/": false, "http://x/?a=b": false,
	} {
		if err := wire.CheckURL(in); (err == nil) != ok {
			t.Errorf("%q: %v", in, err)
		}
	}
}
