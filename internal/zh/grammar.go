package zh

// grammar are the sentences about a command line that cannot be read. They are the library's
// that reads it (kong), or our own behind the name of the verb that it writes before them.
var grammar = []pair{
	{"missing flags: %s", "缺少选项：%s"},
	{"missing positional arguments %s", "缺少参数 %s"},
	{"unknown flag %s", "没有选项 %s"},
	{"unknown flag %s, did you mean %s?", "没有选项 %s，是不是 %s？"},
	{"unknown flag %s, did you mean one of %s?", "没有选项 %s，是不是其中之一：%s？"},
	{"unexpected argument %s", "多余的参数 %s"},
	{"unexpected argument %s, did you mean %s?", "没有 %s，是不是 %s？"},
	{"unexpected argument %s, did you mean one of %s?", "没有 %s，是不是其中之一：%s？"},
	{"%s: expected a valid %s bit int but got %q", "%s：应为 %s 位整数，给出的是“%s”"},
	{"search: -k is %d: give 1 to %d", "search：-k 是 %s：请给出 1 至 %s"},
	{"feedback give: say what you think with --up, --down, --correct or --reason, or take it back with --clear", "feedback give：请用 --up、--down、--correct 或 --reason 说出意见，或用 --clear 收回"},
	{"eval judge: --sample takes 1 to %d", "eval judge：--sample 取 1 至 %s"},
	{"eval retrieval: give --beir DIR, or --corpus NAME with --queries FILE and --qrels FILE", "eval retrieval：请给出 --beir 文件夹，或 --corpus 名称以及 --queries 文件和 --qrels 文件"},
	{"expected one of %s", "应有其中之一：%s"},
	{"expected %s", "应有 %s"},
	{"%s must be one of %s but got %q", "%s 应为 %s 之一，给出的是“%s”"},
	{"--corpus is empty: give the name of a corpus", "--corpus 是空的：请给出语料库的名称"},
}
