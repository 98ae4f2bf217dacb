package zh

// engined are the sentences of the engine that trains on the processor.
var engined = []pair{
	{"the training file: %s", "训练文件：%v"},
	{"correct the field that is named", "请改正所指的字段"},
	{"%s is %v: want %v to %v", "%s 的值是 %s：应为 %s 到 %s"},
	{"method is %q: want sft, dpo, reward or pretrain", "method 的值是“%s”：应为 sft、dpo、reward 或 pretrain"},
	{"schedule is %q: want cosine, linear or constant", "schedule 的值是“%s”：应为 cosine、linear 或 constant"},
	{"targets names %q: want some of %s", "targets 中有“%s”：应从 %s 中选取"},
	{"method is %q: it trains an adapter and a head, not all weights", "method 的值是“%s”：它训练适配器和打分头，不训练全部权重"},
}
