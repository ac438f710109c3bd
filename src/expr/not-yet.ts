// not-yet.ts — functions that ClickHouse has and Winnow does not have yet: better told so than "unknown function".

const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

export const functionsNotYet = names(`
  arrayJoin arrayMap arrayFilter arrayExists arrayAll arrayCount arrayFirst arrayFold arrayZip arraySlice arrayPushBack
  arrayPushFront arrayResize arrayEnumerate arrayUniq arrayFlatten arrayIntersect arrayDifference arrayCumSum arrayElementOrNull
  mapFromArrays mapAdd mapFilter mapApply splitByRegexp splitByWhitespace extractAll untuple rand rand64 randomString generateUUIDv4
  format rowNumberInAllBlocks rowNumberInBlock sleep
  JSONExtractString replaceRegexpAll replaceRegexpOne extract dictGet hostName uptime accurateCastOrNull
  cityHash64 sipHash64 xxHash64 farmHash64 murmurHash3_64
`);

export const aggregatesNotYet = names(`
  quantileTDigest quantileTiming quantileDeterministic quantileExactWeighted quantileGK quantileDD quantilesTDigest
  quantilesTiming medianTDigest groupArraySample groupArrayMovingSum groupArrayInsertAt
  groupConcat groupBitAnd groupBitOr groupBitXor sumMap sumWithOverflow stddevPop stddevSamp varPop
  varSamp corr covarPop covarSamp topK anyHeavy histogram deltaSum windowFunnel retention entropy skewPop
  kurtPop
`);
