/** The coordinator's own program over storage that dies at the write that the test names. */
import { runCoordinatorProgram } from '../../core/main.ts';
import { createFailpoints } from './failpoint.ts';
import { openFaultyStorage } from './faulty-storage.ts';

const points = createFailpoints(process.env['CROFT_FAULT']);
runCoordinatorProgram({ openStorage: openFaultyStorage(points) });
