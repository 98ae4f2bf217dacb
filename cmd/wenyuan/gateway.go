package main

type gatewayVerbs struct {
	Status  gatewayStatusCmd  `cmd:"" help:"gateway_status"`
	Explain gatewayExplainCmd `cmd:"" help:"gateway_explain"`
	Drift   driftCmd          `cmd:"" help:"gateway_drift"`
	Compare compareCmd        `cmd:"" help:"gateway_compare"`
	PutBack putBackCmd        `cmd:"" help:"gateway_put_back"`
	Drain   drainCmd          `cmd:"" help:"gateway_drain"`
	Engines enginesCmd        `cmd:"" help:"gateway_engines"`
	Engine  engineCmd         `cmd:"" help:"gateway_engine"`
}
