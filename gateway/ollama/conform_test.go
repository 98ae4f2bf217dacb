package ollama_test

import (
	"testing"

	"wenyuan"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/ollama"
	"wenyuan/gateway/wire"
)

func opened(t testing.TB, c wire.Config) wenyuan.Model {
	m := ollama.New(c)
	t.Cleanup(m.Close)
	return m
}

func TestConform(t *testing.T) { gatewaytest.Conform(t, opened) }

func FuzzReply(f *testing.F) { gatewaytest.Fuzz(f, "/api/chat", opened) }
