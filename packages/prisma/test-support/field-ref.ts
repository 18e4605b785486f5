/** A column of the same row, as `prisma.card.fields.number` is. */
export class FieldRef {
  readonly modelName: string;
  readonly name: string;
  readonly typeName = 'String';
  readonly isList = false;
  readonly isEnum = false;
  constructor(modelName: string, name: string) {
    this.modelName = modelName;
    this.name = name;
  }
}
