import { FarmError } from '../core/farm-error.ts';
