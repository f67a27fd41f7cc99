import type { VariantValue } from '../../model/lock.ts';

/** A variant's value as people write it: `on`, `off`, `17`, `system,filesystem`. */
export function formatVariantValue(value: VariantValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' ? value : value.join(',');
}

/** The values of all variants as a spec writes them: `+python cxxstd=17`. */
export function formatVariants(variants: Readonly<Record<string, VariantValue>>): string {
  const texts = Object.entries(variants).map(([name, value]) => {
    if (typeof value === 'boolean') return `${value ? '+' : '~'}${name}`;
    return `${name}=${formatVariantValue(value)}`;
  });
  return texts.join(' ');
}
