package zh

// training are the errors of making the models that ship with the program.
var training = []pair{
	{"give one of %s or all", "应为 %s 之一，或 all"},
	{"%s is not in the data folder", "数据文件夹里没有 %s"},
	{"the model is made of exactly this file; --sets names the folder that holds it", "模型就是用这个文件训练的；--sets 指明它所在的文件夹"},
	{"%s is another file than the one the model is made of", "%s 与训练模型所用的文件不同"},
	{"its SHA-256 should be %s", "它的 SHA-256 应为 %s"},
	{"line %d of %s cannot be trained on", "第 %s 行（%s）不能用于训练"},
	{"correct the row, or name the set it belongs to", "请改正这一行，或写明它属于哪个数据集"},
	{"%s cannot be written", "%s 无法写入"},
	{"give a folder that may be written to", "请给出可以写入的文件夹"},
}
