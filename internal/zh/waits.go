package zh

// waits are the sentences to whom the queue of a model refuses, and about what takes its place.
var waits = []pair{
	{"too many wait for the model %s", "等待模型 %s 的请求太多"},
	{"the model %s cannot answer within the time that was given", "模型 %s 无法在给定的期限内作答"},
	{"too many questions come at once", "同时到来的提问太多"},
	{"the question cannot be answered within the time that was given", "这个问题无法在给定的期限内作答"},
	{"give it more time, or try again later", "请放宽期限，或稍后再试"},
	{"no answer to this is kept", "没有保存过这个问题的回答"},
	{"ask again when the model has time", "请等模型空闲时再问"},
	{"give up to 8 of model:NAME (another one than model), stale and extractive, each once and extractive last; none without a model", "最多 8 项，可写 model:名称（不同于 model）、stale 和 extractive，每项一次，extractive 在最后；没有模型时不写"},
}
