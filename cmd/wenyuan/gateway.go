package main

type gatewayVerbs struct {
	Engines enginesCmd `cmd:"" help:"${gateway_engines}"`
	Engine  engineCmd  `cmd:"" help:"${gateway_engine}"`
}
