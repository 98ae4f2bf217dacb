package zh

// grammar are the sentences about a command line that cannot be read. All but the last are
// the library's that reads it (kong), so the source of this module does not hold them.
var grammar = []pair{
	{"missing flags: %s", "缺少选项：%s"},
	{"missing positional arguments %s", "缺少参数 %s"},
	{"unknown flag %s", "没有选项 %s"},
	{"unknown flag %s, did you mean %s?", "没有选项 %s，是不是 %s？"},
	{"unknown flag %s, did you mean one of %s?", "没有选项 %s，是不是其中之一：%s？"},
	{"unexpected argument %s", "多余的参数 %s"},
	{"unexpected argument %s, did you mean %s?", "没有 %s，是不是 %s？"},
	{"unexpected argument %s, did you mean one of %s?", "没有 %s，是不是其中之一：%s？"},
	{"expected one of %s", "应有其中之一：%s"},
	{"expected %s", "应有 %s"},
	{"%s must be one of %s but got %q", "%s 应为 %s 之一，给出的是“%s”"},
	{"--corpus is empty: give the name of a corpus", "--corpus 是空的：请给出语料库的名称"},
}
