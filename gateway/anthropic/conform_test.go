package anthropic_test

import (
	"testing"

	"wenyuan"
	"wenyuan/gateway/anthropic"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/wire"
)

func TestConform(t *testing.T) {
	gatewaytest.Conform(t, func(t testing.TB, c wire.Config) wenyuan.Model {
		m := anthropic.New(c)
		t.Cleanup(m.Close)
		return m
	})
}
