// build.mjs — `npm run build`: dist, when it is not up to date.

import { prepare } from './prepare.mjs';

await prepare();
