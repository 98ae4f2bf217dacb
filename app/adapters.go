package app

import (
	"context"

	"wenyuan/gateway"
	"wenyuan/train"
)

// adapters lays the files of what training made on this machine, in a folder, for servers of models.
func (a *App) adapters(dir string) func(ctx context.Context, space, hash string) (gateway.AdapterFiles, error) {
	files := &train.Runs{Config: train.Config{Store: a.Store, Dir: dir}} // the gateway is there before training is
	return func(ctx context.Context, space, hash string) (gateway.AdapterFiles, error) {
		l, err := files.Lay(ctx, space, hash)
		if err != nil {
			return gateway.AdapterFiles{}, err
		}
		return gateway.AdapterFiles{GGUF: l.GGUF, PEFT: l.PEFT, Base: l.Made.On, Template: l.Made.Tokens.Template, Fits: l.Fits}, nil
	}
}
