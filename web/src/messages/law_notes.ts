// The notes of a law, as its search writes them.
import { entries } from './entry'

export const lawNoteMessages = entries({
  'law.note.missing': {
    en: '{left} of {given} rows were left out, for a value that is missing or not finite ({columns})',
    zh: '{given} 行中有 {left} 行因缺失值或非有限值而未使用（{columns}）',
  },
  'law.note.drawn': { en: 'of {given} rows {drawn} were drawn at random', zh: '从 {given} 行中随机抽取了 {drawn} 行' },
  'law.note.constant': {
    en: '{column} has the same value in every row, so nothing can be said about it',
    zh: '{column} 在每一行中取值相同，因此无法得出关于它的结论',
  },
  'law.note.noUnits': {
    en: 'no column has a unit, so units were not checked',
    zh: '所有列都没有单位，因此未检查单位',
  },
  'law.note.plain': {
    en: 'without a unit, and so taken as plain numbers: {columns}',
    zh: '没有单位、因而按纯数处理的列：{columns}',
  },
  'law.note.intervals': {
    en: 'intervals: 95 %, pairs bootstrap of {draws} draws with the form of the law held fixed, percentiles widened for few rows',
    zh: '区间：95 %，对行做 {draws} 次自助重抽样，定律的形式保持不变；行数少时放宽分位数',
  },
  'law.note.time': {
    en: 'the search was cut by its time limit: another run need not give the same front',
    zh: '搜索因达到时间上限而中止：再次运行可能得到不同的候选',
  },
  'law.note.leftOut': {
    en: '{far} of {given} rows were left out of the fit, because they are more than {times} times as far from the law as usual ({rows})',
    zh: '{given} 行中有 {far} 行未参与拟合，因为它们与定律的偏差超过通常偏差的 {times} 倍（{rows}）',
  },
  'law.note.leftOut.row': { en: 'row {row}: {value} instead of {law}', zh: '第 {row} 行：{value}，按定律应为 {law}' },
  'law.note.leftOut.more': { en: 'and {count} more', zh: '以及另外 {count} 行' },
  'law.note.kept': {
    en: '{far} of {given} rows are more than {times} times as far from the law as usual; they are too many or lie together, or the law is not accurate enough, so they were kept: the law may lack something there',
    zh: '{given} 行中有 {far} 行与定律的偏差超过通常偏差的 {times} 倍；这些行过多、彼此相邻，或定律不够精确，因此予以保留：定律在该处可能有所欠缺',
  },
  'law.note.different': {
    en: '{different} of {given} training rows are different: of rows that are equal or nearly equal, the search uses one',
    zh: '{given} 个训练行中有 {different} 个互不相同：对重复或几乎重复的行，搜索只使用其中一行',
  },
  'law.note.folds': {
    en: 'the {different} different training rows have {inputs} different inputs: rows whose inputs are equal or nearly equal stay in one fold of r2_crossvalidated',
    zh: '{different} 个互不相同的训练行只有 {inputs} 组不同的输入：计算 r2_crossvalidated 时，输入相同或几乎相同的行归入同一折',
  },
  'law.note.fewInputs': {
    en: 'the law rests on {inputs} different inputs: r2, r2_crossvalidated and r2_holdout are no proof of it, because many formulas fit so few',
    zh: '该定律只依据 {inputs} 组不同的输入：r2、r2_crossvalidated 与 r2_holdout 不能证明它，因为许多公式都能拟合这么少的数据',
  },
  'law.note.copies': {
    en: '{copied} of {held} held-out rows repeat training rows (they are equal or nearly equal in all columns): r2_holdout is no test of the law; `hven data split` of this version keeps such rows in one part',
    zh: '{held} 个留出行中有 {copied} 个与训练行重复（所有列相同或几乎相同）：r2_holdout 不能检验该定律；本版本的 `hven data split` 会把这样的行放在同一部分',
  },
  'law.note.measuredAgain': {
    en: '{again} of {held} held-out rows have the inputs of training rows: for them r2_holdout says how well a measurement repeats, not whether the law holds for other inputs',
    zh: '{held} 个留出行中有 {again} 个的输入与训练行相同：对于这些行，r2_holdout 反映的是测量的重复性，而非定律对其他输入是否成立',
  },
  'law.note.redundant': {
    en: '{column} is {relation}: the law could name either; which one is chosen is no finding',
    zh: '{column} 由其他列决定（{relation}）：定律可以使用其中任意一列，选用哪一列不是结论',
  },
  'law.note.exponentsTogether': {
    en: 'the rows determine the exponents of {columns} only together, not each alone, because these columns depend on each other: such an exponent has no interval',
    zh: '这些行只能共同确定 {columns} 的指数，而不能分别确定，因为这些列相互依赖：这样的指数没有区间',
  },
  'law.note.constantsTogether': {
    en: 'the rows determine {constants} only together, not each alone: such a constant has no interval',
    zh: '这些行只能共同确定 {constants}，而不能分别确定：这样的常数没有区间',
  },
  'law.note.separator': { en: '; ', zh: '；' },
  'law.errors.equal': { en: 'equal errors', zh: '各行误差大小相同' },
  'law.errors.relative': { en: 'errors in proportion to the law', zh: '误差与定律的值成正比' },
  'law.errors.logarithmic': { en: 'equal errors of the logarithm', zh: '对数的误差大小相同' },
  'law.errors.best': { en: '{errors} describe the residuals best', zh: '“{errors}”最符合残差' },
  'law.errors.less': {
    en: '{errors} are less likely by a factor of {factor}',
    zh: '“{errors}”的可能性为其 1/{factor}',
  },
  'law.errors.assumed': { en: '{errors} are assumed', zh: '假定“{errors}”' },
  'law.errors.little': {
    en: '{errors} describe the residuals only a little better: they are likelier by a factor of {factor}',
    zh: '“{errors}”对残差的描述只略好：可能性为其 {factor} 倍',
  },
  'law.errors.asked': { en: 'the setting errors asks for {errors}', zh: '设置 errors 指定了“{errors}”' },
  'law.errors.exact': {
    en: 'the law is exact, so there are no errors to describe',
    zh: '定律是精确的，因此没有误差需要描述',
  },
  'law.errors.zeros': {
    en: 'errors of the logarithm are impossible, because some of its values are zero',
    zh: '目标含有零值，因此不可能是对数的误差',
  },
  'law.errors.signs': {
    en: 'errors of the logarithm are impossible, because it has values of both signs',
    zh: '目标既有正值也有负值，因此不可能是对数的误差',
  },
  'law.errors.r2.values': { en: 'R² is that of the values', zh: 'R² 按数值计算' },
  'law.errors.r2.weighted': {
    en: 'R² is that of the values, each row weighted with 1/law²',
    zh: 'R² 按数值计算，每行以定律值平方的倒数加权',
  },
  'law.errors.r2.logarithms': {
    en: 'R² and the mean square of the residuals are those of the logarithms',
    zh: 'R² 与残差的均方按对数计算',
  },
  'law.errors.wide': {
    en: 'the target spans {powers} powers of ten, so its largest values decide',
    zh: '目标跨越 {powers} 个数量级，因此其最大的值起决定作用',
  },
  'law.errors.setting': {
    en: 'the setting errors (equal, relative, logarithmic) selects another model',
    zh: '可用设置 errors（equal、relative、logarithmic）选择其他误差模型',
  },
})
