package ollama_test

import (
	"testing"

	"wenyuan"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/ollama"
	"wenyuan/gateway/wire"
)

func TestConform(t *testing.T) {
	gatewaytest.Conform(t, func(t testing.TB, c wire.Config) wenyuan.Model {
		m := ollama.New(c)
		t.Cleanup(m.Close)
		return m
	})
}
